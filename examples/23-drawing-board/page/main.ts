/** A page of the board: what the pointer draws goes to the channel, and what comes from there is drawn. */
import { type Channel, joinPage, locate, type Service, spawn, type Steps, type TaskContext } from "skein/browser";
import { type Stroke } from "../strokes.ts";

const canvas = document.querySelector("canvas");
const status = document.querySelector("p");
const context = canvas?.getContext("2d");
if (!canvas || !status || !context) throw new Error("the page has no board");

const by = Math.random().toString(36).slice(2, 6);
const colour = `hsl(${Math.round(Math.random() * 360)} 70% 45%)`;

function draw({ colour: strokeStyle, from, to }: Stroke): void {
  if (!canvas || !context) return;
  Object.assign(context, { strokeStyle, lineWidth: 3, lineCap: "round" });
  context.beginPath();
  context.moveTo(from[0] * canvas.width, from[1] * canvas.height);
  context.lineTo(to[0] * canvas.width, to[1] * canvas.height);
  context.stroke();
}

const pointOf = ({ offsetX, offsetY }: PointerEvent): readonly [number, number] => [
  offsetX / canvas.clientWidth,
  offsetY / canvas.clientHeight,
];

await joinPage({ invite: location.hash.slice(1), name: by });
const board = await locate<Channel<Stroke>>("board");
const soFar = await locate<Service<[], readonly Stroke[]>>("strokes so far");

spawn(function* draws(task: TaskContext<Stroke>): Steps<void> {
  // First, so that nothing is drawn in between and missed; what comes twice is seen once.
  yield* board.subscribe(task.ref);
  for (const stroke of yield* soFar.call([])) draw(stroke);
  status.textContent = "draw";
  yield* task.messages().forEach(draw);
});

let last: readonly [number, number] | undefined;
canvas.addEventListener("pointerdown", (event) => (last = pointOf(event)));
for (const type of ["pointerup", "pointerleave"]) canvas.addEventListener(type, () => (last = undefined));
canvas.addEventListener("pointermove", (event) => {
  if (last === undefined) return;
  const from = last;
  last = pointOf(event);
  board.publish({ by, colour, from, to: last });
});
