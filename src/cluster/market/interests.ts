/** What the subscribers of each instrument want together, by the form they want it in. Nothing is encoded that nobody wants. */
import { Form, FORMS } from '../../wire/market/market-layout.js';
import type { MarketRequest } from '../../wire/market/market-request.js';

const NO_DEPTHS: readonly number[] = [];

interface OfForm {
  readonly channels: number[];
  readonly depths: (readonly number[])[];
}

export class Interests {
  private readonly byForm: Readonly<Record<Form, OfForm>> = {
    [Form.text]: { channels: [], depths: [] },
    [Form.binary]: { channels: [], depths: [] },
  };
  /** By instrument: what is wanted in any form. */
  private readonly channels: number[] = [];

  set({ instrument, form, channels, depths }: Extract<MarketRequest, { type: 'interest' }>): void {
    const ofForm = this.byForm[form];
    ofForm.channels[instrument] = channels;
    ofForm.depths[instrument] = depths;
    this.channels[instrument] = FORMS.reduce((all, each) => all | (this.byForm[each].channels[instrument] ?? 0), 0);
  }

  get isAny(): boolean {
    return this.channels.some((wanted) => wanted !== 0);
  }

  /** Whether anybody wants one of the channels. */
  wants(instrument: number, channels: number): boolean {
    return ((this.channels[instrument] ?? 0) & channels) !== 0;
  }

  /** Bits of `Form`: those in which anybody wants one of the channels. */
  forms(instrument: number, channels: number): number {
    if (!this.wants(instrument, channels)) return 0;
    const { text, binary } = Form;
    return (this.wantsIn(instrument, channels, text) ? text : 0) | (this.wantsIn(instrument, channels, binary) ? binary : 0);
  }

  /** Numbers of levels that books are shown with in a form, each once. */
  depths(instrument: number, form: Form): readonly number[] {
    return this.byForm[form].depths[instrument] ?? NO_DEPTHS;
  }

  /** Those of whom anybody wants one of the channels. */
  *wanting(channels: number): Generator<number> {
    for (const [instrument, wanted] of this.channels.entries()) if ((wanted & channels) !== 0) yield instrument;
  }

  private wantsIn(instrument: number, channels: number, form: Form): boolean {
    return ((this.byForm[form].channels[instrument] ?? 0) & channels) !== 0;
  }
}
