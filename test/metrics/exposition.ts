/** A strict reader of the Prometheus text form, for tests: throws where a scraper would stumble. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const META = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
const TYPES = ['counter', 'gauge', 'histogram', 'summary'];

export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family>();
  const helps = new Map<string, string>();
  let current: { name: string; family: Family } | undefined;
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const meta = META.exec(line);
    if (meta) {
      const [, kind, name = '', rest = ''] = meta;
      if (kind === 'HELP') {
        if (helps.has(name)) throw new Error(`second HELP: ${line}`);
        helps.set(name, rest);
        continue;
      }
      const help = helps.get(name);
      if (families.has(name) || help === undefined || !TYPES.includes(rest)) throw new Error(`bad TYPE: ${line}`);
      current = { name, family: { type: rest, help, samples: [] } };
      families.set(name, current.family);
      continue;
    }
    const sample = parseSample(line);
    if (!current || !belongs(sample.name, current.name, current.family.type)) throw new Error(`outside its family: ${line}`);
    current.family.samples.push(sample);
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function parseSample(line: string): Sample {
  const [, name, labelText, valueText] = SAMPLE.exec(line) ?? [];
  if (name === undefined || valueText === undefined) throw new Error(`not a sample: ${line}`);
  const value = valueText === '+Inf' ? Infinity : Number(valueText);
  if (Number.isNaN(value) && !/^nan$/i.test(valueText)) throw new Error(`not a number: ${line}`);
  return { name, labels: parseLabels(labelText ?? '', line), value };
}

function parseLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text);
    if (!match) throw new Error(`bad labels: ${line}`);
    const [, label = '', value = ''] = match;
    if (label in labels) throw new Error(`label given twice: ${line}`);
    labels[label] = value.replace(/\\(["\\n])/g, (_, character: string) => (character === 'n' ? '\n' : character));
  }
  return labels;
}

function belongs(sampleName: string, familyName: string, type: string): boolean {
  if (type !== 'histogram') return sampleName === familyName;
  return ['_bucket', '_sum', '_count'].some((suffix) => sampleName === familyName + suffix);
}

function checkFamily(name: string, family: Family): void {
  const keys = family.samples.map((sample) => JSON.stringify([sample.name, Object.entries(sample.labels).sort()]));
  if (new Set(keys).size !== keys.length) throw new Error(`${name} has a sample twice`);
  if (family.type === 'histogram') {
    const seriesOf = (sample: Sample): string => JSON.stringify({ ...sample.labels, le: undefined });
    for (const series of new Set(family.samples.map(seriesOf))) {
      checkHistogram(
        name,
        family.samples.filter((sample) => seriesOf(sample) === series),
      );
    }
  }
  if (family.type === 'counter' && family.samples.some((sample) => sample.value < 0)) throw new Error(`${name} counts below 0`);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) => (labels['le'] === '+Inf' ? Infinity : Number(labels['le'])));
  for (let index = 1; index < buckets.length; index++) {
    if (!((bounds[index] ?? NaN) > (bounds[index - 1] ?? NaN))) throw new Error(`${name} has bounds that do not rise`);
    if ((buckets[index]?.value ?? NaN) < (buckets[index - 1]?.value ?? NaN)) throw new Error(`${name} has buckets that fall`);
  }
  const count = samples.find((sample) => sample.name === `${name}_count`)?.value;
  if (bounds.at(-1) !== Infinity || buckets.at(-1)?.value !== count) throw new Error(`${name} lacks a full last bucket`);
  if (!samples.some((sample) => sample.name === `${name}_sum`)) throw new Error(`${name} has no sum`);
}
