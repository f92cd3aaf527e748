/** The device that a shard trains on, and the data there; both may have to be opened again. */
import { type Dataset, type Device, StairstepError, VERSION } from "../index";
import type { Configuration } from "../sweep/configuration";
import { type Made, sameData } from "../sweep/result";
import { openData } from "./data";
import { EXIT, endsWith } from "./exit";

export class DeviceWithData {
  readonly made: Made;
  private data: { key: string; set: Dataset } | undefined;

  constructor(
    public device: Device,
    private readonly open: () => Promise<Device>,
  ) {
    const { adapter, kernels } = device;
    this.made = { version: VERSION, software: adapter.software, kernels };
  }

  /** The data of a configuration, kept until another is asked for. */
  async dataOf({ data: choice, shape }: Configuration): Promise<Dataset> {
    const key = JSON.stringify(choice);
    if (this.data?.key !== key) {
      this.destroyData();
      const { validation, ...rest } = choice;
      const set = await openData(this.device, {
        ...rest,
        ...(validation === undefined ? {} : { validation }),
      } as Parameters<typeof openData>[1]);
      this.data = { key, set };
      if (!sameData(set.identity, shape.identity))
        endsWith(EXIT.data)(
          new StairstepError(
            `${choice.data} is not the data that was planned with: it has changed meanwhile; ` +
              "start again",
          ),
        );
    }
    return this.data.set;
  }

  /** Another device for one that was lost, with the data. */
  async reopen(configuration: Configuration): Promise<{ device: Device; data: Dataset }> {
    console.error("The GPU device was lost; going on with another from the last checkpoint.");
    this.device = await this.open();
    this.data = undefined;
    return { device: this.device, data: await this.dataOf(configuration) };
  }

  destroyData(): void {
    this.data?.set.destroy();
    this.data = undefined;
  }
}
