import { createRequire } from "node:module";
import type { SKRSContext2D } from "@napi-rs/canvas";

/** Something to draw on. */
export interface Surface {
  readonly context: SKRSContext2D;
  /** False without any font: a picture without words is better than none. */
  readonly hasText: boolean;
  png(): Promise<Uint8Array>;
}

const require = createRequire(import.meta.url);

/** Comes first; letters that it has not come from the machine's fonts. */
const FAMILY = "Noroshi Inter";
const FILES: readonly (readonly [family: string, path: () => string])[] = [
  [FAMILY, () => require.resolve("@fontsource/inter/files/inter-latin-400-normal.woff2")],
  [FAMILY, () => require.resolve("@fontsource/inter/files/inter-latin-600-normal.woff2")],
  [`${FAMILY} Ext`, () => require.resolve("@fontsource/inter/files/inter-latin-ext-400-normal.woff2")],
  [`${FAMILY} Cyrillic`, () => require.resolve("@fontsource/inter/files/inter-cyrillic-400-normal.woff2")],
  [`${FAMILY} Greek`, () => require.resolve("@fontsource/inter/files/inter-greek-400-normal.woff2")],
];

/** As CSS has it. */
export const FONT_FAMILIES = [...new Set(FILES.map(([family]) => `"${family}"`)), "sans-serif"].join(", ");

let loading: Promise<CanvasLibrary> | undefined;

interface CanvasLibrary {
  readonly create: (width: number, height: number) => Surface;
}

/**
 * A surface of this size. Rejects where the machine has no build of the drawing library. It is loaded at the first picture:
 * most processes never draw one.
 */
export async function openSurface(width: number, height: number): Promise<Surface> {
  loading ??= load();
  return (await loading).create(width, height);
}

async function load(): Promise<CanvasLibrary> {
  const { createCanvas, GlobalFonts } = await import("@napi-rs/canvas");
  for (const [family, path] of FILES) {
    try {
      GlobalFonts.registerFromPath(path(), family);
    } catch {
      // Not installed: the machine's fonts do.
    }
  }
  const hasText = GlobalFonts.families.length > 0;
  return {
    create: (width, height) => {
      const canvas = createCanvas(width, height);
      return { context: canvas.getContext("2d"), hasText, png: () => canvas.encode("png") };
    },
  };
}
