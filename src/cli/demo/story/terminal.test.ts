import { describe, expect, it } from "vitest";
import { createTerminal } from "./terminal.ts";

const outputOf = (isTTY: boolean) => {
  let text = "";
  return { isTTY, columns: 200, write: (part: string) => void (text += part), text: () => text };
};

describe("the terminal of the story", () => {
  it("writes neither colours nor a changing line into a pipe", () => {
    const output = outputOf(false);
    const terminal = createTerminal(output, undefined);
    terminal.progress("working");
    terminal.say(terminal.style.red("trouble"));
    terminal.clear();
    expect(output.text()).toBe("trouble\n");
  });

  it("keeps the changing line below what is said", () => {
    const output = outputOf(true);
    const terminal = createTerminal(output, "1");
    terminal.progress("working");
    terminal.say("news");
    terminal.clear();
    expect(output.text()).toBe("working\r\u001B[2Knews\nworking\r\u001B[2K");
  });

  it("paints on a terminal unless NO_COLOR is set", () => {
    expect(createTerminal(outputOf(true), undefined).style.red("x")).toBe("\u001B[31mx\u001B[39m");
    expect(createTerminal(outputOf(true), "").style.red("x")).toBe("\u001B[31mx\u001B[39m");
    expect(createTerminal(outputOf(true), "1").style.red("x")).toBe("x");
  });

  it("is never wider than 100 columns", () => {
    const output = outputOf(true);
    const terminal = createTerminal(output, "1");
    terminal.say("word ".repeat(100), 4);
    terminal.progress("word ".repeat(100));
    for (const line of output.text().split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });
});
