/** The other aids of a logged-in user: money, password, settlement (diff.md 5.7). */
import { FundKind } from '../../../core/enums.js';
import { Refusal, refusalMessage } from '../../../core/refusal.js';
import type { StatementRecord } from '../../../core/settlement/statements.js';
import { parseDate } from '../../decode/dates.js';
import { toDate } from '../../views/numbers.js';
import type { DiffConnection, Login } from '../connection.js';
import { NotifyCode, notifyPatch } from '../trade/notify.js';
import { settlementText } from '../trade/settlement-text.js';
import { jsonText } from '../tree/diff-object.js';
import { callerOf, numberOf, textOf, type DiffContext, type Fields } from './context.js';

/** Trading is allowed without it (diff.md 2). */
export function confirmSettlement(_context: DiffContext, connection: DiffConnection): void {
  connection.push(notifyPatch(0, 'INFO', 'The settlement is confirmed.'));
}

/** An amount above 0 comes from the bank, below 0 goes to it. */
export async function transfer(context: DiffContext, connection: DiffConnection, login: Login, fields: Fields): Promise<void> {
  try {
    const record = await context.exchange.desk.funds.transfer(
      callerOf(context, login),
      {
        account: login.tree.account,
        amount: numberOf(fields, 'amount') ?? 0,
        bank: textOf(fields, 'bank_id'),
        bankPassword: textOf(fields, 'bank_password'),
        fundPassword: textOf(fields, 'future_password') || undefined,
      },
      connection.origin,
    );
    const direction = record.kind === FundKind.withdrawal ? 'to' : 'from';
    connection.push(notifyPatch(NotifyCode.transferDone, 'INFO', `The transfer ${direction} the bank is done.`));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    connection.push(notifyPatch(NotifyCode.transferNotSent, 'WARNING', `${refusalMessage(error.code)} (${error.code})`));
  }
}

/** Ends every other login of the user; this one goes on under the new password. */
export async function changePassword(context: DiffContext, connection: DiffConnection, login: Login, fields: Fields): Promise<void> {
  const { loginPassword, users } = context.exchange;
  const password = textOf(fields, 'new_password');
  try {
    await loginPassword.change(callerOf(context, login), textOf(fields, 'old_password'), password, connection.origin);
    const { token } = await users.login(login.caller.user.username, password, connection.origin);
    if (connection.login === login) connection.login = { ...login, token, caller: users.authenticate(token) };
    connection.push(notifyPatch(NotifyCode.passwordChanged, 'INFO', 'The password was changed.'));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    connection.push(notifyPatch(NotifyCode.passwordNotChanged, 'WARNING', `${refusalMessage(error.code)} (${error.code})`));
  }
}

/** Everything that could be asked for is in the tree and pushed when it changes; asking sends the account once more. */
export function queryAccount(_context: DiffContext, connection: DiffConnection, login: Login): void {
  connection.push(login.tree.picture());
}

/** The statement of a settled day as text, '' when there is none. */
export async function querySettlement(context: DiffContext, connection: DiffConnection, login: Login, fields: Fields): Promise<void> {
  const { history, state } = context.exchange;
  const { account, userName } = login.tree;
  const day = numberOf(fields, 'trading_day') ?? 0;
  let text = '';
  if (isDate(day)) {
    const [statement] = await history.documentsOf<StatementRecord>('settlements', account, () => true, day, day);
    if (statement !== undefined) {
      const trades = await history.tradesOf([account], ({ tradingDay }) => tradingDay === day);
      text = settlementText(state, userName, statement, trades.reverse());
    }
  }
  connection.sendNow(
    `{"aid":"qry_settlement_info","user_name":${jsonText(userName)},"trading_day":${day},"settlement_info":${jsonText(text)}}`,
  );
}

function isDate(day: number): boolean {
  return Number.isInteger(day) && day >= 19_700_101 && day <= 99_991_231 && parseDate(toDate(day)) === day;
}
