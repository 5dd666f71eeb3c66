/** Stops the cluster from beginning anything, or lets it go on. */
import type { ReactElement } from "react";
import { ActButton } from "../../components/button.tsx";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { perform, useActs } from "../../page/use-acts.ts";

export function Intake({ model }: { readonly model: ClusterModel }): ReactElement | null {
  const { acts } = useActs();
  if (acts === undefined) return null;
  if (model.intakePaused) {
    return (
      <ActButton act={() => perform("The cluster takes work again.", () => acts.pauseIntake(false))}>
        Resume intake
      </ActButton>
    );
  }
  return (
    <ActButton
      question={{
        title: "Pause the cluster’s intake?",
        effect: "What runs ends by itself; jobs give their servers back, and nothing new begins until you resume it.",
        verb: "Pause intake",
      }}
      act={() => perform("The cluster begins nothing new.", () => acts.pauseIntake(true))}
    >
      Pause intake
    </ActButton>
  );
}
