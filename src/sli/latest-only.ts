/**
 * Runs `work` for one argument at a time. Of the arguments that come meanwhile only the newest is kept, and everybody who
 * brought one waits for that: all of them get its result.
 */
export function createLatestOnly<T>(work: (argument: T) => Promise<void>): (argument: T) => Promise<void> {
  let running: Promise<void> | undefined;
  let waiting: { argument: T; readonly done: Promise<void> } | undefined;

  const start = (argument: T): Promise<void> => {
    const current = work(argument).finally(() => {
      if (running === current) running = undefined;
    });
    running = current;
    return current;
  };

  return (argument) => {
    if (waiting !== undefined) {
      waiting.argument = argument;
      return waiting.done;
    }
    if (running === undefined) return start(argument);
    const next = {
      argument,
      done: running.then(ignore, ignore).then(() => {
        waiting = undefined;
        return start(next.argument);
      }),
    } as { argument: T; readonly done: Promise<void> };
    waiting = next;
    return next.done;
  };
}

const ignore = () => {};
