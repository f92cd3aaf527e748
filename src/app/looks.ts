/** Looks inside the run at hand: one at a time, and while it trains not too often. */
import { percent } from "../format";
import { DeviceLostError } from "../index";
import { element, show } from "./dom";
import { Inside } from "./inside";
import { complain } from "./messages";
import type { Session } from "./session";
import { recorded } from "./shipped";
import { Touch } from "./touch";

const SHIPPED =
  "Draw over it: the network that came with this page reads " +
  `${percent(recorded.test, 1)} of test digits right.`;

/** At least between looks while training, which come at an epoch's end. */
const LOOK_MS = 4000;
const LIVE_MS = 150;

const TRAINING = "Your network reads, while it trains: see its choices change.";

export class Looks {
  private readonly inside: Inside;
  private readonly touch: Touch;
  private looking: Promise<void> | undefined;
  private looked = 0;
  private following = false;

  constructor(private readonly session: Session) {
    this.inside = new Inside(
      session,
      () => void this.now(),
      (pixels) => this.touch.put(pixels),
    );
    this.touch = new Touch(session, this.inside);
  }

  /** Puts a digit on the pad, which the network that came with the page reads. */
  async first(): Promise<void> {
    await this.touch.first();
    await this.now();
  }

  /** While a network trains, its choices are seen to change; every `LIVE_MS` at the most. */
  follow(training: boolean): void {
    const begun = !this.following && training;
    this.following = training;
    if (begun) void this.live();
    else this.introduce();
  }

  private async live(): Promise<void> {
    while (this.following) {
      const begun = performance.now();
      if (this.session.built) {
        this.introduce();
        if (this.touch.seenNow) await this.touch.read();
      }
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(20, LIVE_MS - (performance.now() - begun))),
      );
    }
  }

  /** Says which network reads. */
  private introduce(): void {
    const text = !this.session.built ? SHIPPED : this.following ? TRAINING : "Your network reads.";
    if (element("reader").textContent !== text) show("reader", text);
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
    const { asked } = this.session;
    if (!asked) return;
    this.introduce();
    try {
      await this.touch.open();
      await this.inside.look(asked);
    } catch (error) {
      // A lost device is the run's to replace, and to tell of; another look comes with its reports.
      if (this.session.asked === asked && !(error instanceof DeviceLostError))
        complain("page", error);
    }
  }
}
