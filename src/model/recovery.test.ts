import { describe, expect, it } from "vitest";
import { DeviceLostError } from "../runtime/errors";
import { Recoverable } from "./recovery";

const lost = new DeviceLostError("lost");

/** Values 1, 2, …; those up to `broken` are lost whenever they are used. */
function counted({ broken }: { broken: number }) {
  let made = 0;
  let opened = 0;
  const make = async () => ++made;
  const reopen = async () => {
    opened++;
    await Promise.resolve();
    return make;
  };
  const work = async (value: number) => {
    if (value <= broken) throw lost;
    return value;
  };
  return { value: new Recoverable(make, reopen), work, opened: () => opened };
}

describe("what can be recovered", () => {
  it("is used as it is while its device is there", async () => {
    const { value, work, opened } = counted({ broken: 0 });
    expect([await value.use(work), await value.value, opened()]).toEqual([1, 1, 0]);
  });

  it("is made again once, for all that use it when the device is lost", async () => {
    const { value, work, opened } = counted({ broken: 1 });
    expect(await Promise.all([value.use(work), value.use(work), value.use(work)])).toEqual([
      2, 2, 2,
    ]);
    expect([await value.value, opened()]).toEqual([2, 1]);
  });

  it("is not made again for a use that finds the loss once another has recovered", async () => {
    const { value, work, opened } = counted({ broken: 1 });
    let late: (error: Error) => void = () => {};
    const loss = new Promise<never>((_, reject) => {
      late = reject;
    });
    const slow = value.use((number) => (number === 1 ? loss : work(number)));
    expect(await value.use(work)).toBe(2);
    late(lost);
    expect([await slow, opened()]).toEqual([2, 1]);
  });

  it("survives three losses in a row, and not a fourth", async () => {
    const three = counted({ broken: 3 });
    expect([await three.value.use(three.work), three.opened()]).toEqual([4, 3]);
    const four = counted({ broken: 4 });
    await expect(four.value.use(four.work)).rejects.toBe(lost);
    expect(four.opened()).toBe(3);
  });

  it("survives more where work comes through in between", async () => {
    const { value, opened } = counted({ broken: 0 });
    for (let loss = 1; loss <= 5; loss++) {
      await value.use(async (number) => {
        if (number <= loss) throw lost;
      });
      value.proved();
    }
    expect(opened()).toBe(5);
  });

  it("is made again where making it met the loss", async () => {
    let made = 0;
    const make = async () => {
      if (++made < 3) throw lost;
      return made;
    };
    const value = new Recoverable(make, async () => make);
    expect(await value.use(async (number) => number)).toBe(3);
  });

  it("throws what is no loss, and any loss where no other device can be opened", async () => {
    const { value } = counted({ broken: 0 });
    const other = new Error("other");
    await expect(value.use(() => Promise.reject(other))).rejects.toBe(other);
    const alone = new Recoverable(async () => 1);
    await expect(alone.use(() => Promise.reject(lost))).rejects.toBe(lost);
    const closed = new Recoverable(
      async () => 1,
      () => Promise.reject(other),
    );
    await expect(closed.use(() => Promise.reject(lost))).rejects.toBe(other);
  });

  it("is idle once every use has ended, those that fail too", async () => {
    const { value } = counted({ broken: 0 });
    let ended = 0;
    const use = async () => {
      await Promise.resolve();
      if (++ended === 1) throw new Error("failed");
    };
    const uses = [value.use(use), value.use(use)];
    await value.idle();
    expect(ended).toBe(2);
    expect((await Promise.allSettled(uses)).map(({ status }) => status)).toEqual([
      "rejected",
      "fulfilled",
    ]);
  });
});
