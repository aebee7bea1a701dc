/** Positions (rest.md U9, U10). */
import Type from 'typebox';
import { PositionSchema, positionViews } from '../../views/position-view.js';
import { instrumentFilter } from '../listing.js';
import { accountOf, Id, userOf } from '../resources.js';
import { route } from '../route.js';

const query = Type.Object({ instrument_id: Type.Optional(Id) });

const positionsOfUser = route({
  id: 'U9',
  method: 'GET',
  path: '/api/position/:user_id',
  aliases: ['/api/position/user/:user_id'],
  summary: 'Positions in all accounts of a user.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnPositions',
    resource: ({ params }, { state }) => ({ user: userOf(state, params.user_id).user }),
  },
  params: Type.Object({ user_id: Id }),
  query,
  refusals: [1007, 2104],
  response: Type.Array(PositionSchema),
  handler({ exchange: { state }, user, query: { instrument_id: id } }) {
    const instrument = instrumentFilter(state, id);
    return state.users.get(user)!.accounts.flatMap((account) => positionViews(state, account, instrument));
  },
});

const positionsOfAccount = route({
  id: 'U10',
  method: 'GET',
  path: '/api/position/account/:account_id',
  summary: 'Positions of an account.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnPositions',
    resource: ({ params }, { state }) => ({ account: accountOf(state, params.account_id) }),
  },
  params: Type.Object({ account_id: Id }),
  query,
  refusals: [1006, 1007],
  response: Type.Array(PositionSchema),
  handler: ({ exchange: { state }, account, query: { instrument_id: id } }) => positionViews(state, account, instrumentFilter(state, id)),
});

export const POSITION_ROUTES = [positionsOfUser, positionsOfAccount];
