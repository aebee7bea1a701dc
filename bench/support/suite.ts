/** What a suite is, and the form of its figures. */
export interface Yardstick {
  name: string;
  value: number;
}

/** One figure: the median of its runs, beside the median of a yardstick taken in the same run. */
export interface Row {
  name: string;
  value: number;
  unit: string;
  yardstick?: Yardstick;
  /** Ours ÷ yardstick, medians. */
  ratio?: number;
  runs: number;
  min: number;
  max: number;
}

export interface SuiteOptions {
  /** A few seconds, to see that the suite works; its figures mean nothing. */
  smoke: boolean;
  /** How long to watch what shows with time only; as the suite thinks right when undefined. */
  readonly minutes?: number | undefined;
  /** Says what is being done now; a terminal shows it. */
  readonly progress: (text: string) => void;
}

export interface Suite {
  name: string;
  /** The question that the suite answers. */
  question: string;
  /** Throws when the answer is wrong: a figure of a run that went wrong is none. */
  run(options: SuiteOptions): Promise<Row[]>;
}

export interface SuiteResult {
  suite: string;
  when: string;
  commit: string;
  machine: Record<string, string | number>;
  rows: Row[];
}
