/** Looks inside the run at hand: one at a time, and while it trains not too often. */
import { element } from "./dom";
import { Inside } from "./inside";
import { complain } from "./messages";
import type { Session } from "./session";
import { Touch } from "./touch";

/** At least between looks while training, which come at an epoch's end. */
const LOOK_MS = 4000;

export class Looks {
  private readonly inside: Inside;
  private readonly touch: Touch;
  private looking: Promise<void> | undefined;
  private looked = 0;

  constructor(private readonly session: Session) {
    this.inside = new Inside(
      session,
      () => void this.now(),
      (pixels) => this.touch.put(pixels),
    );
    this.touch = new Touch(session, this.inside);
  }

  hide(): void {
    this.inside.hide();
    this.touch.close();
  }

  /** Looks if the last look was not just now. */
  maybe(): void {
    if (!this.looking && performance.now() - this.looked > LOOK_MS) void this.now();
  }

  /** Looks at the network as it is now: after the look under way, which saw an earlier one. */
  now(): Promise<void> {
    element("inside").setAttribute("aria-busy", "true");
    const mine = (this.looking ?? Promise.resolve())
      .then(() => this.look())
      .then(() => {
        this.looked = performance.now();
        if (this.looking !== mine) return;
        this.looking = undefined;
        element("inside").setAttribute("aria-busy", "false");
      });
    this.looking = mine;
    return mine;
  }

  private async look(): Promise<void> {
    const { training } = this.session;
    if (!training) return;
    try {
      await this.inside.look(training);
      if (this.session.training === training) await this.touch.open();
    } catch (error) {
      if (this.session.training === training) complain("page", error);
    }
  }
}
