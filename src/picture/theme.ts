export const THEMES = ["light", "dark"] as const;
export type ThemeName = (typeof THEMES)[number];

export interface Theme {
  readonly background: string;
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  readonly long: string;
  readonly short: string;
  readonly budget: string;
  readonly threshold: string;
  /** Behind times at which the alert's condition holds. */
  readonly breach: string;
}

/**
 * Colours that people with any kind of colour vision tell apart; the lines differ in width, too.
 * @see https://jfly.uni-koeln.de/color/ (Okabe and Ito)
 */
export const THEME: Readonly<Record<ThemeName, Theme>> = {
  light: {
    background: "#ffffff",
    text: "#1c1e21",
    faint: "#5f6670",
    grid: "#e4e7eb",
    long: "#0072b2",
    short: "#d55e00",
    budget: "#00805c",
    threshold: "#1c1e21",
    breach: "rgba(213, 94, 0, 0.12)",
  },
  dark: {
    background: "#16181c",
    text: "#f1f2f4",
    faint: "#a4abb6",
    grid: "#30343b",
    long: "#56b4e9",
    short: "#e69f00",
    budget: "#2fbf94",
    threshold: "#f1f2f4",
    breach: "rgba(230, 159, 0, 0.18)",
  },
};
