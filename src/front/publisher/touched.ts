/** Numbers that something happened to, each once, in the order in which it first did. Nothing is allocated per number. */
import { grown } from '../../core/columns.js';

export class Touched {
  private marks = new Uint8Array(1024);
  readonly numbers: number[] = [];

  add(number: number): void {
    if (number >= this.marks.length) this.marks = grown(this.marks, Math.max(this.marks.length * 2, number + 1));
    if (this.marks[number] === 1) return;
    this.marks[number] = 1;
    this.numbers.push(number);
  }

  clear(): void {
    for (const number of this.numbers) this.marks[number] = 0;
    this.numbers.length = 0;
  }
}
