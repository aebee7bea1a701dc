/**
 * The part of GraphQL that clients ask for contracts with: one query, its variables, fields with arguments and aliases,
 * fragments inline and named. No directives, no mutations.
 */
export class QueryFault extends Error {}

export interface FieldSelection {
  readonly kind: 'field';
  readonly name: string;
  /** The name in the answer. */
  readonly key: string;
  readonly args: ReadonlyMap<string, unknown>;
  readonly selections: readonly Selection[];
}

/** What is selected of objects that are of a type. */
export interface TypedSelection {
  readonly kind: 'typed';
  readonly on: string;
  readonly selections: readonly Selection[];
}

export interface SpreadSelection {
  readonly kind: 'spread';
  readonly fragment: string;
}

export type Selection = FieldSelection | TypedSelection | SpreadSelection;

export interface GraphQuery {
  readonly selections: readonly Selection[];
  readonly fragments: ReadonlyMap<string, TypedSelection>;
}

const QUERY_CHARACTERS_MAX = 64 * 1024;
const DEPTH_MAX = 32;
/** Space, commas and comments count for nothing. */
const TOKEN = /[\s,\uFEFF]+|#[^\n\r]*|(\.\.\.|[{}()[\]:$!=]|[A-Za-z_]\w*|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"(?:[^"\\\n\r]|\\.)*")/y;
const NAME = /^[A-Za-z_]/;

/** Throws QueryFault. */
export function parseQuery(text: string, variables: Readonly<Record<string, unknown>>): GraphQuery {
  if (text.length > QUERY_CHARACTERS_MAX) throw new QueryFault('The query is too long.');
  return new Parser(tokensOf(text), variables).document();
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw new QueryFault(`The query cannot be read at character ${at + 1}.`);
    if (match[1] !== undefined) tokens.push(match[1]);
  }
  return tokens;
}

class Parser {
  private at = 0;
  private depth = 0;
  /** Values that the query names for variables which are not given. */
  private readonly defaults = new Map<string, unknown>();

  constructor(
    private readonly tokens: readonly string[],
    private readonly variables: Readonly<Record<string, unknown>>,
  ) {}

  document(): GraphQuery {
    let selections: Selection[] | undefined;
    const fragments = new Map<string, TypedSelection>();
    while (this.at < this.tokens.length) {
      if (this.peek() === 'fragment') {
        this.at++;
        const name = this.name();
        this.expect('on');
        fragments.set(name, { kind: 'typed', on: this.name(), selections: this.selectionSet() });
      } else if (selections === undefined) selections = this.operation();
      else throw new QueryFault('One query at a time.');
    }
    if (selections === undefined) throw new QueryFault('There is no query.');
    return { selections, fragments };
  }

  private operation(): Selection[] {
    if (this.peek() !== '{') {
      this.expect('query');
      if (this.peek() !== '{' && this.peek() !== '(') this.name();
      if (this.peek() === '(') this.definitions();
    }
    return this.selectionSet();
  }

  private definitions(): void {
    this.expect('(');
    while (!this.took(')')) {
      this.expect('$');
      const name = this.name();
      this.expect(':');
      // types are not looked at: what does not fit selects nothing
      while ([']', '[', '!'].includes(this.peek()) || NAME.test(this.peek())) this.at++;
      if (this.took('=')) this.defaults.set(name, this.value());
    }
  }

  private selectionSet(): Selection[] {
    if (++this.depth > DEPTH_MAX) throw new QueryFault('The query is too deep.');
    this.expect('{');
    const selections: Selection[] = [];
    while (!this.took('}')) selections.push(this.selection());
    this.depth--;
    return selections;
  }

  private selection(): Selection {
    if (this.took('...')) {
      if (this.took('on')) return { kind: 'typed', on: this.name(), selections: this.selectionSet() };
      return { kind: 'spread', fragment: this.name() };
    }
    const key = this.name();
    const name = this.took(':') ? this.name() : key;
    const args = new Map<string, unknown>();
    if (this.took('(')) {
      while (!this.took(')')) {
        const argument = this.name();
        this.expect(':');
        args.set(argument, this.value());
      }
    }
    return { kind: 'field', name, key, args, selections: this.peek() === '{' ? this.selectionSet() : [] };
  }

  private value(): unknown {
    if (++this.depth > DEPTH_MAX) throw new QueryFault('The query is too deep.');
    const value = this.plainValue();
    this.depth--;
    return value;
  }

  private plainValue(): unknown {
    if (this.took('$')) {
      const name = this.name();
      return Object.hasOwn(this.variables, name) ? this.variables[name] : this.defaults.get(name);
    }
    if (this.took('[')) {
      const list: unknown[] = [];
      while (!this.took(']')) list.push(this.value());
      return list;
    }
    const token = this.next();
    if (token.startsWith('"') || /^-?\d/.test(token)) return this.literal(token);
    if (!NAME.test(token)) throw new QueryFault(`A value is missing before ${token}.`);
    if (token === 'true' || token === 'false') return token === 'true';
    // names of enumerations mean themselves
    return token === 'null' ? undefined : token;
  }

  private literal(token: string): unknown {
    try {
      return JSON.parse(token);
    } catch {
      throw new QueryFault(`${token} is no value.`);
    }
  }

  private peek(): string {
    return this.tokens[this.at] ?? '';
  }

  private next(): string {
    if (this.at >= this.tokens.length) throw new QueryFault('The query ends too early.');
    return this.tokens[this.at++];
  }

  private took(token: string): boolean {
    if (this.at >= this.tokens.length) throw new QueryFault('The query ends too early.');
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  private expect(token: string): void {
    const found = this.next();
    if (found !== token) throw new QueryFault(`${token} is missing before ${found}.`);
  }

  private name(): string {
    const token = this.next();
    if (!NAME.test(token)) throw new QueryFault(`A name is missing before ${token}.`);
    return token;
  }
}
