/** How many samples a second a series has, learnt from what was read: chunks are sized before anything is known of theirs. */
export interface SampleDensity {
  perSecond(): number;
  seen(perSecond: number): void;
}

const FIRST = 1 / 15;
const LEAST = 1 / 60;
/** Dense series are remembered for a while. A range may reach far beyond where its series have samples. */
const KEPT = 0.9;

export function createSampleDensity(): SampleDensity {
  let perSecond = FIRST;
  return {
    perSecond: () => perSecond,
    seen: (found) => {
      perSecond = Math.max(found, perSecond * KEPT, LEAST);
    },
  };
}
