/** The section on codes: fetched when a visitor comes near it. */
import type { Checkpoint } from "../index";
import type { AlphabetView } from "./alphabet/view";
import { element, show } from "./dom";
import { complain } from "./messages";
import type { Session } from "./session";

/** Fetched before it is in view. */
const NEAR = "500px";

export class Alphabet {
  private view: Promise<AlphabetView> | undefined;
  private gpu: boolean | undefined;

  /** @param restOthers lets whatever else trains pause */
  constructor(
    private readonly session: Session,
    private readonly restOthers: () => void,
  ) {
    session.guests.push(() => this.end());
  }

  /** Waits for a visitor to come near. */
  watch(): void {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        observer.disconnect();
        this.view ??= this.open();
        this.view.catch((error) => {
          show("alphabet-view", "The code did not come.");
          complain("page", error);
        });
      },
      { rootMargin: NEAR },
    );
    observer.observe(element("alphabet-view"));
  }

  private async open(): Promise<AlphabetView> {
    const { AlphabetView } = await import("./alphabet/view");
    const view = await AlphabetView.open(this.session, this.restOthers);
    if (this.gpu !== undefined) view.opened(this.gpu);
    return view;
  }

  /** Reads by a code that the visitor has on file. Throws as the view's `show`. */
  async show(checkpoint: Checkpoint, name: string): Promise<void> {
    this.view ??= this.open();
    await (await this.view).show(checkpoint, name);
  }

  /** There is a GPU to train on, or there is none. */
  opened(gpu: boolean): void {
    this.gpu = gpu;
    void this.whenOpen((view) => view.opened(gpu));
  }

  /** Lets a code that is learned pause, as something else trains. */
  rest(): void {
    void this.whenOpen((view) => view.trainer.rest());
  }

  private end(): Promise<void> {
    return this.whenOpen((view) => view.end());
  }

  /** Once the view is there, if it is to be. */
  private async whenOpen(work: (view: AlphabetView) => void | Promise<void>): Promise<void> {
    const view = await this.view?.catch(() => undefined);
    if (view) await work(view);
  }
}
