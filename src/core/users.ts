/** The fold of user events: who exists, under which unique names, with which roles. */
import { assert } from './assert.js';
import { UserStatus } from './enums.js';
import type { UserPasswordChanged, UserRegistered, UserRolesChanged, UserStatusChanged } from './events.js';

export interface User extends UserRegistered {
  status: number;
  /** Part of every token: raising it kills all older ones. */
  tokenVersion: number;
  accounts: number[];
  createdUs: number;
  updatedUs: number;
}

export type UserChange = UserRolesChanged | UserStatusChanged | UserPasswordChanged;

export class UserDirectory {
  private readonly byNumber: User[] = [];
  private readonly byUsername = new Map<string, User>();
  private readonly byPhone = new Map<string, User>();
  private readonly byEmail = new Map<string, User>();

  get count(): number {
    return this.byNumber.length;
  }

  register(event: UserRegistered, timeUs: number): User {
    const user: User = { ...event, status: UserStatus.Active, tokenVersion: 0, accounts: [], createdUs: timeUs, updatedUs: timeUs };
    this.add(user);
    return user;
  }

  add(user: User): void {
    this.byNumber.push(user);
    this.byUsername.set(user.username.toLowerCase(), user);
    if (user.phone !== '') this.byPhone.set(user.phone, user);
    if (user.email !== '') this.byEmail.set(user.email.toLowerCase(), user);
  }

  /** Every change of what a token stands for ends the tokens from before. */
  change(event: UserChange, timeUs: number): User {
    const user = this.get(event.user);
    assert(user !== undefined, 'a changed user exists');
    if ('roles' in event) user.roles = event.roles;
    else if ('status' in event) user.status = event.status;
    else user.passwordHash = event.hash;
    user.tokenVersion++;
    user.updatedUs = timeUs;
    return user;
  }

  /** By number from 1. */
  get(number: number): User | undefined {
    return this.byNumber[number - 1];
  }

  findByUsername(username: string): User | undefined {
    return this.byUsername.get(username.toLowerCase());
  }

  hasPhone(phone: string): boolean {
    return this.byPhone.has(phone);
  }

  hasEmail(email: string): boolean {
    return this.byEmail.has(email.toLowerCase());
  }

  [Symbol.iterator](): IterableIterator<User> {
    return this.byNumber.values();
  }
}
