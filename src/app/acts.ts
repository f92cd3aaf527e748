/** How a hard choice learns, in three acts, and what was built on it since. */
import { Arms } from "./arms";
import type { Session } from "./session";
import "./acts.css";

export class Acts {
  private readonly arms: Arms;

  /** @param restOthers lets whatever else trains pause */
  constructor(session: Session, restOthers: () => void) {
    this.arms = new Arms(session, restOthers);
    session.guests.push(() => this.arms.end());
  }

  /** Draws what needs the estimators themselves, which come after the first paint. */
  async draw(): Promise<void> {
    const [{ outcomesOf, twinOf }, { StairView }, { drawIdeas }] = await Promise.all([
      import("../verify/index"),
      import("./stair-view"),
      import("./ideas"),
    ]);
    new StairView("stair", twinOf("staircase", "zero"), outcomesOf, false);
    new StairView("lent", twinOf("staircase", "straight-through"), outcomesOf, true);
    drawIdeas(twinOf);
  }

  /** There is a GPU to train on, or there is none. */
  opened(gpu: boolean): void {
    if (gpu) this.arms.open();
    else this.arms.close();
  }

  /** Lets the three networks pause, as something else trains. */
  rest(): void {
    this.arms.rest();
  }
}
