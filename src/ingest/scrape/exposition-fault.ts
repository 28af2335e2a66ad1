/** What is wrong with a line of an exposition; whoever walks over the lines adds which one it was. */
export class ExpositionFault extends Error {
  override readonly name = "ExpositionFault";
}
