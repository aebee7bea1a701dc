/** The exchange and its market as the history folds them out of blocks of the log, and the rows that come of it. */
import { deserialize, serialize } from 'node:v8';
import { beginEngine, restoreEngine, savedFactors, saveEngine, type MarketCheckpoint } from '../cluster/market/market-checkpoint.js';
import { assert } from '../core/assert.js';
import { FactorSet, type FactorDefinition } from '../core/market-data/factors/factor-set.js';
import { restoreState, serializeState } from '../core/state-codec.js';
import { ExchangeState } from '../core/state.js';
import { BLOCK_HEADER_BYTES, type LogBlock } from '../storage/log-block.js';
import { EventDecoder } from '../wire/event-decoder.js';
import { frameLength } from '../wire/frame-header.js';
import { EventRecorder } from './event-recorder.js';
import { HistoryMarket } from './market-recorder.js';
import { newHistoryRows } from './waiting-rows.js';

interface Checkpoint {
  sequence: number;
  crc: number;
  state: Uint8Array;
  market: MarketCheckpoint;
}

export class HistoryFold {
  readonly rows = newHistoryRows();
  private readonly tables = Object.values(this.rows);
  state = new ExchangeState();
  /** CRC of the block that ends with the last event, 0 when that is not known. */
  crc = 0;

  private market: HistoryMarket;
  private decoder: EventDecoder;

  /** `factors`: those that the operator has named; as in the checkpoint when left out. */
  constructor(
    private readonly holidays: readonly number[] = [],
    private readonly factors?: readonly FactorDefinition[],
  ) {
    this.market = this.newMarket();
    this.decoder = this.observed();
  }

  /** Last event in the rows. */
  get sequence(): number {
    return this.state.sequence;
  }

  /** Rows that nobody has taken. */
  get rowCount(): number {
    let count = 0;
    for (const rows of this.tables) count += rows.count;
    return count;
  }

  /** Rows that were ever made. */
  get rowsMade(): number {
    let count = 0;
    for (const rows of this.tables) count += rows.taken + rows.count;
    return count;
  }

  /** Names of instruments by their number. */
  instrumentNames(): { instrument: number; instrumentId: string }[] {
    return Array.from(this.state.instruments, ({ instrument, instrumentId }) => ({ instrument, instrumentId }));
  }

  /** Begins behind a snapshot of the exchange; what was before it is not in the history. */
  begin(state: Uint8Array, crc: number): void {
    this.state = restoreState(state);
    this.crc = crc;
    this.market = this.newMarket();
    beginEngine(this.market, state);
    this.dropRows();
    this.decoder = this.observed();
    new EventRecorder(this.state, this.rows).begun();
  }

  /** Between two blocks: all that is needed to go on from here. */
  save(): Uint8Array {
    const checkpoint: Checkpoint = {
      sequence: this.sequence,
      crc: this.crc,
      state: serializeState(this.state),
      market: saveEngine(this.market),
    };
    return serialize(checkpoint);
  }

  /** False, and nothing is changed, for a checkpoint that this version cannot read. */
  restore(saved: Uint8Array): boolean {
    const { state, market, crc } = deserialize(saved) as Checkpoint;
    const engine = this.newMarket(savedFactors(market).definitions);
    if (!restoreEngine(engine, market)) return false;
    this.state = restoreState(state);
    this.crc = crc;
    this.market = engine;
    this.decoder = this.observed();
    this.dropRows();
    return true;
  }

  apply(block: LogBlock): void {
    assert(block.firstSequence === this.sequence + 1, 'blocks that go on where the history ends');
    for (let offset = BLOCK_HEADER_BYTES; offset < block.endBytes; offset += frameLength(block.views, offset)) {
      this.decoder.decode(block.views, offset);
      this.market.apply(block.views, offset);
    }
    this.crc = block.crc;
  }

  /** No event before this time is to be expected any more: bars that are over are finished. */
  pass(timeUs: number): void {
    this.market.pass(timeUs);
  }

  private newMarket(saved: readonly FactorDefinition[] = []): HistoryMarket {
    return new HistoryMarket(this.holidays, this.rows, new FactorSet(this.factors ?? saved));
  }

  private observed(): EventDecoder {
    this.state.observe(new EventRecorder(this.state, this.rows));
    return new EventDecoder(this.state);
  }

  /** They are in the files already. */
  dropRows(): void {
    for (const rows of this.tables) rows.takeBack(rows.take());
  }
}
