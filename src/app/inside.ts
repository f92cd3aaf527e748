/**
 * Looks into the network at hand: its curve, how often its neurons choose what, and what it gets
 * wrong. Of several networks and layers, one is shown, which the visitor chooses.
 */
import { neuronName } from "../format";
import { ActivationPlot } from "./activation-plot";
import { Confusion } from "./confusion";
import { breathe, element, select } from "./dom";
import { groupOf } from "./neuron";
import { imagePixels } from "./pictures";
import type { Session } from "./session";
import type { Asked } from "./shipped";

/** Test images that are looked at. */
const IMAGES = 500;

export class Inside {
  private readonly plot = new ActivationPlot(element("activation"));
  private readonly confusion = new Confusion((image) => void this.pickImage(image));

  /**
   * @param changed hears that another layer or network is to be seen
   * @param picked hears of a test image that the visitor wants to see more of
   */
  constructor(
    private readonly session: Session,
    changed: () => void,
    private readonly picked: (pixels: Uint8Array<ArrayBuffer>) => void,
  ) {
    for (const id of ["layer", "network"]) element(id).addEventListener("change", changed);
  }

  /** Which of its networks and layers is shown; the lists may be of another yet. */
  shown({ spec }: Asked): { member: number; layer: number } {
    const chosen = (id: string, count: number) =>
      Math.min(Math.max(0, select(id).selectedIndex), count - 1);
    return {
      member: chosen("network", spec.members.length),
      layer: chosen("layer", spec.hidden.length),
    };
  }

  private async pickImage(image: number): Promise<void> {
    this.picked(imagePixels(await this.session.images(), image));
    element("pad").scrollIntoView({ block: "center" });
  }

  /** Looks at the network as it is now. One look at a time. */
  async look(asked: Asked): Promise<void> {
    const data = await this.session.images();
    const count = Math.min(IMAGES, data.test.labels.length);
    const { hidden, members } = asked.spec;
    offer("layer", hidden.length, (i) => `${i + 1} of ${hidden.length}`);
    offer("network", members.length, (i) => `${i + 1}, seed ${members[i]?.seed}`);
    const { member, layer: index } = this.shown(asked);
    if (this.session.asked !== asked) return; // reset meanwhile
    const [look, step] = await Promise.all([
      asked.look(imagePixels(data, 0, count), member),
      asked.step,
    ]);
    if (this.session.asked !== asked) return;
    const slope = asked.slopeAt(step, member);
    element("inside").hidden = false;
    const layer = hidden[index] as (typeof hidden)[number];
    const outputs = look.outputs[index] as Float32Array;
    const name = neuronName(layer.neuron, layer.size);
    await this.plot.show(this.session.device, name, slope, outputs, groupOf(layer));
    // This may take a few milliseconds: the page answers in between.
    await breathe();
    this.confusion.show(data, look.probabilities, count);
  }
}

/** Offers a choice of `count`, and hides it where there is none. */
function offer(id: string, count: number, name: (i: number) => string): void {
  const list = select(id);
  element(`${id}-choice`).hidden = count < 2;
  const names = Array.from({ length: count }, (_, i) => name(i));
  if (`${names}` === `${[...list.options].map(({ text }) => text)}`) return;
  list.replaceChildren(...names.map((text) => new Option(text)));
}
