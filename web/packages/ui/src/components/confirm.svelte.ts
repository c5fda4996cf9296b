/** `if (await confirm({…})) …`: one question over everything. The component Confirm draws it; the app mounts it once. */

export interface Question {
  title: string;
  text?: string | undefined;
  /** What the button does: "Suspend Omar", never "OK". */
  action: string;
  danger?: boolean | undefined;
  /** The name that must be typed before the button works. */
  typeName?: string | undefined;
}

class Asking {
  question = $state.raw<Question | null>(null);
  #answer: ((yes: boolean) => void) | undefined;

  ask(question: Question): Promise<boolean> {
    this.#answer?.(false);
    this.question = question;
    return new Promise((resolve) => (this.#answer = resolve));
  }

  answer(yes: boolean): void {
    this.#answer?.(yes);
    this.#answer = undefined;
    this.question = null;
  }
}

export const asking = new Asking();

export function confirm(question: Question): Promise<boolean> {
  return asking.ask(question);
}
