/** Keeps one view's fault from taking the page with it. */
import { Component, type ReactNode } from "react";
import { Nothing, Panel } from "./panel.tsx";
import styles from "./button.module.css";

interface Props {
  readonly children: ReactNode;
}

export class ErrorBoundary extends Component<Props, { readonly error: Error | undefined }> {
  override state: { readonly error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(thrown: unknown): { readonly error: Error } {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <Panel title="This view failed">
        <Nothing>
          {error.message} The rest of the page goes on.{" "}
          <button type="button" className={styles["button"]} onClick={() => this.setState({ error: undefined })}>
            Try again
          </button>
        </Nothing>
      </Panel>
    );
  }
}
