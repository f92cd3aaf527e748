/**
 * For whatever a GPU has to do first. It ends a journey that hangs, and measures no speed: a
 * software adapter on a slow machine, with other journeys beside it, may take minutes.
 */
export const LONG = { timeout: 400_000 };
