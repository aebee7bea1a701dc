/** A binary heap of items by a number, the least on top. An item can be taken out from anywhere by the node it was given. */

export class HeapNode<T> {
  /** Index in its heap. */
  place = -1;

  constructor(
    readonly item: T,
    readonly key: number,
  ) {}
}

export class KeyHeap<T> {
  /** Key of the first item; Infinity when there is none. */
  least = Infinity;
  private readonly nodes: HeapNode<T>[] = [];

  get size(): number {
    return this.nodes.length;
  }

  /** The first item; there is one. */
  get first(): HeapNode<T> {
    return this.nodes[0];
  }

  push(item: T, key: number): HeapNode<T> {
    const node = new HeapNode(item, key);
    this.nodes.push(node);
    this.rise(node, this.nodes.length - 1);
    this.least = this.nodes[0].key;
    return node;
  }

  /** The node is in this heap. */
  remove(node: HeapNode<T>): void {
    const { place } = node;
    const last = this.nodes.pop()!;
    if (last !== node) {
      this.sink(last, place);
      this.rise(last, last.place);
    }
    this.least = this.nodes.length === 0 ? Infinity : this.nodes[0].key;
  }

  /** Items whose key is `key` at most, in no particular order. */
  *upTo(key: number): Generator<T> {
    const places = [0];
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      if (place >= this.nodes.length || this.nodes[place].key > key) continue;
      yield this.nodes[place].item;
      places.push(place * 2 + 1, place * 2 + 2);
    }
  }

  private rise(node: HeapNode<T>, from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (node.key >= this.nodes[parent].key) break;
      this.put(this.nodes[parent], place);
      place = parent;
    }
    this.put(node, place);
  }

  private sink(node: HeapNode<T>, from: number): void {
    const { nodes } = this;
    let place = from;
    for (;;) {
      let child = place * 2 + 1;
      if (child >= nodes.length) break;
      if (child + 1 < nodes.length && nodes[child + 1].key < nodes[child].key) child++;
      if (nodes[child].key >= node.key) break;
      this.put(nodes[child], place);
      place = child;
    }
    this.put(node, place);
  }

  private put(node: HeapNode<T>, place: number): void {
    this.nodes[place] = node;
    node.place = place;
  }
}
