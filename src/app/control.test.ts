import { expect, it } from "vitest";
import { Control, type Handle, type State } from "./control";

const soon = () => new Promise<void>((resolve) => setTimeout(resolve));

/** A control whose runs take steps for as long as they may, after a download that takes long. */
function make() {
  const failures: unknown[] = [];
  let finishDownload = () => {};
  const download = new Promise<void>((resolve) => {
    finishDownload = resolve;
  });
  const steps: string[] = [];
  const control = new Control(
    () => {},
    (error) => {
      failures.push(error);
      return "ready";
    },
  );
  const run = (name: string, most: number) => async (handle: Handle) => {
    await download;
    handle.signal.throwIfAborted();
    for (let i = 0; i < most; i++) {
      await handle.go();
      steps.push(name);
      await soon();
    }
  };
  return { control, failures, steps, run, finishDownload: () => finishDownload() };
}
const until = async (control: Control, state: State) => {
  while (control.state !== state) await soon();
};

it("pauses a run that has not begun, and lets it go on", async () => {
  const { control, steps, run, finishDownload } = make();
  control.begin(run("a", 3));
  expect(control.state).toBe("training");
  control.pause();
  expect(control.state).toBe("paused");
  finishDownload();
  for (let i = 0; i < 5; i++) await soon();
  expect(steps).toEqual([]);
  expect(control.resume()).toBe(true);
  await until(control, "done");
  expect(steps).toEqual(["a", "a", "a"]);
});

it("ends a run at once, whatever it waits for, and the next one begins behind it", async () => {
  const { control, failures, steps, run, finishDownload } = make();
  control.begin(run("a", 1e9));
  control.stop();
  expect(control.state).toBe("ready");
  control.begin(run("b", 1e9));
  control.begin(run("c", 2));
  finishDownload();
  await until(control, "done");
  expect(steps).toEqual(["c", "c"]);
  control.begin(run("d", 1e9));
  while (!steps.includes("d")) await soon();
  control.pause();
  control.stop();
  let cleared = false;
  await control.after(async () => {
    cleared = true;
  });
  expect(cleared).toBe(true);
  expect(failures).toEqual([]);
});

it("leaves a run that failed, and says why", async () => {
  const { control, failures } = make();
  control.begin(async () => {
    throw new Error("no");
  });
  await until(control, "ready");
  expect(failures).toEqual([new Error("no")]);
  expect(control.resume()).toBe(false);
});
