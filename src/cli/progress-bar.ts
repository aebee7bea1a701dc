/** One line on a terminal that fills up; silent elsewhere. */
const WIDTH = 30;

export class ProgressBar {
  private shown = false;

  constructor(
    private readonly label: string,
    private readonly stream: NodeJS.WriteStream,
  ) {}

  /** `share` from 0 to 1. */
  update(share: number): void {
    if (!this.stream.isTTY) return;
    this.shown = true;
    const filled = Math.round(share * WIDTH);
    this.stream.write(
      `\r${this.label} [${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}] ${String(Math.round(share * 100)).padStart(3)} %`,
    );
  }

  done(): void {
    if (this.shown) this.stream.write('\n');
  }
}
