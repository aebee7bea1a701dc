/**
 * From the text of an expression to its tree. Weakest first: ||, &&, comparisons (one, not a chain of them), + and -,
 * * / and %, then ! and the sign.
 */
import { FactorError } from './factor-error.js';
import { tokensOf, type Token } from './lexer.js';

export type Expression = { readonly at: number } & (
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
);

/** Brackets, calls and signs within each other. */
const DEPTH_MAX = 64;
const ARGUMENTS_MAX = 8;
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];

/** Throws FactorError, and nothing else. */
export function parse(text: string): Expression {
  return new Parser(tokensOf(text)).whole();
}

class Parser {
  private place = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Expression {
    const expression = this.either();
    if (this.token.kind !== 'end') throw this.expected('an operator or the end');
    return expression;
  }

  private get token(): Token {
    return this.tokens[this.place];
  }

  private either(): Expression {
    if (++this.depth > DEPTH_MAX) throw FactorError.at(this.token.at, `nothing may be nested more than ${DEPTH_MAX} deep`);
    const expression = this.chain(['||'], () => this.chain(['&&'], () => this.comparison()));
    this.depth--;
    return expression;
  }

  private comparison(): Expression {
    const left = this.sum();
    const { token } = this;
    if (!this.isOperator(COMPARISONS)) return left;
    this.place++;
    const right = this.sum();
    if (this.isOperator(COMPARISONS)) throw FactorError.at(this.token.at, 'comparisons do not chain; join them with &&');
    return { kind: 'binary', operator: token.text, left, right, at: token.at };
  }

  private sum(): Expression {
    return this.chain(['+', '-'], () => this.chain(['*', '/', '%'], () => this.signed()));
  }

  private signed(): Expression {
    const { text: operator, at } = this.token;
    if (!this.isOperator(['-', '!'])) return this.single();
    if (++this.depth > DEPTH_MAX) throw FactorError.at(at, `nothing may be nested more than ${DEPTH_MAX} deep`);
    this.place++;
    const operand = this.signed();
    this.depth--;
    return { kind: 'unary', operator, operand, at };
  }

  private single(): Expression {
    const { kind, text, at } = this.token;
    if (kind === 'number') return this.number();
    if (kind === 'name') {
      this.place++;
      return this.isOperator(['(']) ? { kind: 'call', name: text, args: this.args(), at } : { kind: 'name', name: text, at };
    }
    if (!this.isOperator(['('])) throw this.expected('a number, a name or "("');
    this.place++;
    const inner = this.either();
    this.close();
    return inner;
  }

  private number(): Expression {
    const { text, at } = this.token;
    const value = Number(text);
    if (!Number.isFinite(value)) throw FactorError.at(at, `${text} is too large`);
    this.place++;
    return { kind: 'number', value, at };
  }

  private args(): Expression[] {
    this.place++;
    const args: Expression[] = [];
    if (!this.isOperator([')'])) args.push(this.either());
    while (this.isOperator([','])) {
      if (args.length === ARGUMENTS_MAX) throw FactorError.at(this.token.at, `no function takes more than ${ARGUMENTS_MAX} arguments`);
      this.place++;
      args.push(this.either());
    }
    this.close();
    return args;
  }

  private close(): void {
    if (!this.isOperator([')'])) throw this.expected('an operator, "," or ")"');
    this.place++;
  }

  /** One or more of what `part` reads, joined by operators of one strength; those on the left belong together first. */
  private chain(operators: readonly string[], part: () => Expression): Expression {
    let left = part();
    while (this.isOperator(operators)) {
      const { text: operator, at } = this.token;
      this.place++;
      left = { kind: 'binary', operator, left, right: part(), at };
    }
    return left;
  }

  private isOperator(texts: readonly string[]): boolean {
    return this.token.kind === 'operator' && texts.includes(this.token.text);
  }

  private expected(what: string): FactorError {
    const { kind, text, at } = this.token;
    return FactorError.at(at, `expected ${what}, found ${kind === 'end' ? 'the end' : JSON.stringify(text)}`);
  }
}
