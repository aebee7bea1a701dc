/** A thread that must end by itself after its pump was stopped or unref'ed. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageChannel, workerData } from 'node:worker_threads';
import { EventLoopPump } from '../../src/ring/event-loop-pump.js';
import { WakeSignal } from '../../src/ring/wake-signal.js';

const signal = new WakeSignal(WakeSignal.create());
const pump = new EventLoopPump({ signal, port: new MessageChannel().port1, drain: () => false });
if (workerData === 'unref-first') pump.unref();
pump.start();
if (workerData === 'stop-asleep') while (!signal.notify()) await nextTurn();
if (workerData === 'unref') pump.unref();
if (workerData === 'stop' || workerData === 'stop-asleep') pump.stop();
