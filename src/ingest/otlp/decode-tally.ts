/** What the limits did to one request, while it is decoded. */
export interface DecodeTally {
  /** Items that the request may still bring. */
  itemsLeft: number;
  cutStrings: number;
  droppedAttributes: number;
  droppedEvents: number;
  droppedLinks: number;
}

/** Thrown while decoding and turned into a DecodeError value of kind too_large by the decoder. */
export class TooManyItems extends Error {
  constructor() {
    super(
      "one request may not hold that many spans or data points with all that is in them: send smaller batches",
    );
    this.name = "TooManyItems";
  }
}

export function createDecodeTally(limits: { readonly itemsPerRequest: number }): DecodeTally {
  return {
    itemsLeft: limits.itemsPerRequest,
    cutStrings: 0,
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  };
}

/** Counts one more span, data point, attribute or whatever else is inside. Throws TooManyItems beyond the limit. */
export function countItem(tally: DecodeTally): void {
  tally.itemsLeft -= 1;
  if (tally.itemsLeft < 0) throw new TooManyItems();
}
