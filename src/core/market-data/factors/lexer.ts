/** The words of an expression: numbers, names, operators. */
import { FactorError } from './factor-error.js';

export interface Token {
  readonly kind: 'number' | 'name' | 'operator' | 'end';
  readonly text: string;
  /** Place in the text, from 0. */
  readonly at: number;
}

export const TEXT_MAX = 1000;

const SPACE = /\s*/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
/** A dot leads to a part of a factor that has several: macd.signal. */
const NAME = /[A-Za-z]\w*(?:\.[A-Za-z]\w*)*/y;
const OPERATOR = /&&|\|\||[<>=!]=|[-+*/%<>!(),]/y;

/** The last one is the end of the text. Throws FactorError. */
export function tokensOf(text: string): Token[] {
  if (text.length > TEXT_MAX) throw new FactorError(`it has more than ${TEXT_MAX} characters`);
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  for (;;) {
    at += take(SPACE)!.length;
    if (at === text.length) break;
    const token = next(at, take);
    tokens.push(token);
    at += token.text.length;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;

  function next(from: number, found: typeof take): Token {
    const number = found(NUMBER);
    if (number !== undefined) return { kind: 'number', text: number, at: from };
    const name = found(NAME);
    if (name !== undefined) return { kind: 'name', text: name, at: from };
    const operator = found(OPERATOR);
    if (operator !== undefined) return { kind: 'operator', text: operator, at: from };
    const character = String.fromCodePoint(text.codePointAt(from)!);
    throw FactorError.at(from, `${JSON.stringify(character)} means nothing here`);
  }
}
