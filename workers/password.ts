/**
 * Thread of the password pool. It calls bcrypt's blocking functions on purpose: the asynchronous ones would run on
 * libuv's threads, where the writes of the event log live, and one hash takes a quarter of a second.
 */
import bcrypt from 'bcrypt';
import type { PasswordResult, PasswordTask } from '../src/auth/password-task.js';

export default function runPasswordTask(task: PasswordTask): PasswordResult {
  return task.kind === 'hash' ? bcrypt.hashSync(task.password, task.cost) : bcrypt.compareSync(task.password, task.hash);
}
