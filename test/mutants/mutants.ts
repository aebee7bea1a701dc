/**
 * Named faults of book and auction, each a change of one place in the compiled code. The suite must notice every one of
 * them: a fault that survives shows a rule that nothing tests.
 */
export interface Mutant {
  name: string;
  /** File under the root of its suite, src/core for most, without its ending. */
  file: string;
  /** Code that occurs exactly once in it, and what it is replaced by. */
  from: string;
  to: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'last in, first out',
    file: 'book/order-book',
    from: 'for (let slot = makers.head(index); slot !== NONE; slot = makers.head(index)) {',
    to: 'for (let slot = makers.tail(index); slot !== NONE; slot = makers.tail(index)) {',
  },
  {
    name: "trades at the taker's price",
    file: 'book/order-book',
    from: 'isMedian ? this.medianOf(order.price, price) : price',
    to: 'isMedian ? this.medianOf(order.price, price) : order.price || price',
  },
  {
    name: 'an amend to more lots keeps its place',
    file: 'book/order-book',
    from: 'limit === index && volume <= before',
    to: 'limit === index',
  },
  {
    name: 'an amend to fewer lots loses its place',
    file: 'book/order-book',
    from: 'limit === index && volume <= before',
    to: 'limit === index && volume === before',
  },
  {
    name: 'FOK counts the whole side',
    file: 'book/order-book',
    from: ': makers.volumeWithin(limit, needed)',
    to: ': makers.volumeWithin(makers.beyond(limit, 1000), needed)',
  },
  {
    name: 'FOK counts own orders',
    file: 'book/order-book',
    from: '? this.orders.fillableAmongOwn(order, makers, limit)',
    to: '? makers.volumeWithin(limit, needed)',
  },
  {
    name: 'the event of a cancel is dropped',
    file: 'book/book-events',
    from: 'this.sink.orderCancelled(this.slab.id(slot), this.slab.account(slot), this.instrument, volume, reason, 0, 0);',
    to: 'if (reason !== 6) this.sink.orderCancelled(this.slab.id(slot), this.slab.account(slot), this.instrument, volume, reason, 0, 0);',
  },
  {
    name: 'IOC rests',
    file: 'book/order-book',
    from: 'else if (order.timeCondition === TimeCondition.IOC)',
    to: 'else if (order.timeCondition === TimeCondition.IOC && left === order.volume)',
  },
  { name: 'a post-only order trades', file: 'book/order-book', from: 'if (order.postOnly === 0 ||', to: 'if (order.postOnly <= 1 ||' },
  {
    name: 'an amended order forgets that it is post-only',
    file: 'book/order-slab',
    from: 'into.postOnly = (traits >>> 2) & 1;',
    to: 'into.postOnly = 0;',
  },
  {
    name: 'self-trade refusal looks at the best price only',
    file: 'book/resting-orders',
    from: 'for (; index >= 0 && makers.crosses(index, limit); index = makers.worse(index)) {',
    to: 'for (; index >= 0 && index === makers.best(); index = makers.worse(index)) {',
  },
  {
    name: 'self-trade modes work in an auction',
    file: 'book/order-book',
    from: 'const isRejecting = order.selfTradeMode === SelfTradeMode.REJECT || this.currentPhase !== Phase.CONTINUOUS;',
    to: 'const isRejecting = order.selfTradeMode === SelfTradeMode.REJECT;',
  },
  {
    name: 'CANCEL_BOTH keeps the resting order',
    file: 'book/order-book',
    from: 'this.cancelResting(slot, CancelReason.SMP_BOTH);',
    to: '',
  },
  {
    name: 'DECREMENT takes nothing off the incoming order',
    file: 'book/order-book',
    from: 'return left - lots;',
    to: 'return left;',
  },
  {
    name: 'the bound of a group moves one tick too far',
    file: 'book/resting-orders',
    from: 'makers.beyond(limit, 1)',
    to: 'makers.beyond(limit, 2)',
  },
  {
    name: 'BEST5 reaches six levels',
    file: 'book/order-book',
    from: 'const BEST5_LEVELS = 5;',
    to: 'const BEST5_LEVELS = 6;',
  },
  {
    name: 'price protection is one tick loose',
    file: 'book/order-book',
    from: 'makers.beyond(best, maxSlippageTicks)',
    to: 'makers.beyond(best, maxSlippageTicks + 1)',
  },
  {
    name: 'what a market order leaves rests at its limit',
    file: 'book/order-book',
    from: 'this.orders.add(order, prioritySequence, left, this.filledAt)',
    to: 'this.orders.add(order, prioritySequence, left, this.reach)',
  },
  {
    name: 'the median forgets the last trade',
    file: 'book/order-book',
    from: 'const last = this.latestPrice !== 0 ? this.latestPrice :',
    to: 'const last =',
  },
  {
    name: 'the auction maximises nothing: the first crossing price wins',
    file: 'book/auction',
    from: 'if (volume > this.volume || distance < this.#least)',
    to: 'if (this.volume === 0)',
  },
  {
    name: 'the auction ignores the imbalance',
    file: 'book/auction',
    from: '(volume === this.volume && distance > this.#least)',
    to: 'false',
  },
  {
    name: 'buy pressure gives the lowest price',
    file: 'book/auction',
    from: 'this.#surplusHigh = this.#to;',
    to: 'this.#surplusHigh = this.#from;',
  },
  {
    name: 'sell pressure gives the highest price',
    file: 'book/auction',
    from: 'this.#deficitLow = this.#from;',
    to: 'this.#deficitLow = this.#to;',
  },
  {
    name: 'a tie between two prices goes to the lower one',
    file: 'book/auction',
    from: 'return Math.max(left, right);',
    to: 'return Math.min(left, right);',
  },
  {
    name: 'a reference half way between two ticks goes down',
    file: 'book/auction',
    from: '* 2 >= band.tick',
    to: '* 2 > band.tick',
  },
  {
    name: 'a clearing price may leave better bids behind',
    file: 'book/auction',
    from: 'if (bidAbove <= volume && askBelow <= volume)',
    to: 'if (askBelow <= volume)',
  },
  {
    name: 'the auction trades the larger of both volumes',
    file: 'book/auction',
    from: 'this.volume = volume;',
    to: 'this.volume = Math.max(this.#bid, this.#ask) > volume ? volume + 1 : volume;',
  },
  {
    name: 'an auction fill has a taker',
    file: 'book/book-events',
    from: 'trade.takerSide = Side.NONE;',
    to: 'trade.takerSide = Side.BUY;',
  },
  {
    name: 'auction orders live on',
    file: 'book/order-book',
    from: 'if (endsAuction)',
    to: 'if (false)',
  },
  {
    name: 'session orders outlive their session',
    file: 'book/order-book',
    from: 'phase === Phase.BREAK || phase === Phase.CLOSED',
    to: 'phase === Phase.CLOSED',
  },
  {
    name: 'a book resumes without an uncross',
    file: 'book/order-book',
    from: 'this.isMatching || ',
    to: '',
  },
  {
    name: 'resuming leans to the settlement price',
    file: 'book/order-book',
    from: 'const isResumed = isClosed(this.currentStatus) || this.currentPhase === Phase.HALT;',
    to: 'const isResumed = false;',
  },
  {
    name: 'mass cancel goes by price',
    file: 'book/resting-orders',
    from: 'return slots.sort((a, b) => this.slab.prioritySequence(a) - this.slab.prioritySequence(b));',
    to: 'return slots;',
  },
  { name: 'mass cancel takes both sides', file: 'book/order-book', from: 'command.side === Side.NONE ||', to: 'true ||' },
  {
    name: 'anybody may cancel',
    file: 'book/order-book',
    from: 'else if (this.orders.slab.account(slot) !== command.account) {',
    to: 'else if (false) {',
  },
  { name: 'a break allows cancels', file: 'phases', from: 'cancelInBreak === 1 ? 0 : 4102', to: '0' },
  {
    name: 'closing orders do not come first at the limit',
    file: 'book/book-side',
    from: 'slab.isCloseFirst(slot)) {',
    to: 'false) {',
  },
  {
    name: 'the first queue of a limit level forgets its end',
    file: 'book/book-side',
    from: 'this.upperLast = previous;',
    to: 'this.upperLast = NONE;',
  },
  {
    name: 'a new band turns queues around',
    file: 'book/resting-orders',
    from: 'for (const slot of resting) {',
    to: 'for (const slot of resting.reverse()) {',
  },
  {
    name: 'orders outside a new band are lost',
    file: 'book/resting-orders',
    from: 'const index = band.indexOf(old.priceAt(this.slab.index(slot)));',
    to: 'const index = band.indexOf(old.priceAt(this.slab.index(slot)));\n if (index === 0) continue;',
  },
  {
    name: 'a removed id takes those along that share its entry',
    file: 'book/order-ids',
    from: 'this.entries[home] = slab.chained(slot);',
    to: 'this.entries[home] = NONE;',
  },
  {
    name: 'a level that empties is still the best price',
    file: 'book/book-side',
    from: 'this.bestIndex = this.worse(index);',
    to: '',
  },
  {
    name: 'a price between two ticks is rounded down',
    file: 'book/price-ladder',
    from: 'return index * this.tick === distance ? index : -1;',
    to: 'return index;',
  },
];
