/** True for what may name a label: any text that is UTF-8. */
export function isLabelName(name: string): boolean {
  return name !== "" && !/\p{Cs}/u.test(name);
}
