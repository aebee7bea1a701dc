/** The demo set of banks (rest.md B1): all of them sign with everybody and have all the money there is. */
export interface Bank {
  readonly id: string;
  readonly name: string;
}

export const BANKS: readonly Bank[] = [
  { id: 'ICBC', name: 'Industrial and Commercial Bank of China' },
  { id: 'CCB', name: 'China Construction Bank' },
  { id: 'ABC', name: 'Agricultural Bank of China' },
  { id: 'BOC', name: 'Bank of China' },
  { id: 'BOCOM', name: 'Bank of Communications' },
];

const PIN = /^[0-9]{6}$/;

export function bankOf(id: string): Bank | undefined {
  return BANKS.find((bank) => bank.id === id);
}

/** The part of the bank: no demo bank knows its customers, so every password of the right form, six digits, is right. */
export function bankAccepts(password: string): boolean {
  return PIN.test(password);
}
