/** The places of the contract, its aliases included: whoever called one of them yesterday may call it tomorrow. */
export const CONTRACT_PLACES = `
S1 POST /api/auth/register
S2 POST /api/auth/login
S3 POST /api/auth/logout
S4 GET /api/auth/me /api/auth/current-user
S5 GET /api/auth/user/:user_id
S7 GET /api/auth/users
S8 POST /api/auth/user/roles
S9 POST /api/auth/user/role/add
S10 POST /api/auth/user/:user_id/make-admin
S11 POST /api/auth/password
S12 POST /api/auth/user/:user_id/freeze
S12-unfreeze POST /api/auth/user/:user_id/unfreeze
S13 POST /api/auth/session
L1 GET /api/audit/logs
L2 GET /api/audit/logs/:log_id
P1 GET /api/announcements
P2 POST /api/announcements
P3 GET /api/announcements/:id
P4 DELETE /api/announcements/:id
M1 GET /api/management/accounts
M2 GET /api/management/account/:account_id/detail
M3 GET /api/management/orders
A15 GET /admin/monitoring/storage /api/monitoring/storage
A18 GET /admin/monitoring/performance
A19 GET /admin/monitoring/orderbooks
A20 GET /admin/monitoring/system /api/monitoring/system
N1 GET /api/monitoring/status
N2 GET /api/monitoring/orders
N3 GET /api/monitoring/trades
N4 GET /api/monitoring/report
N4-post POST /api/monitoring/report
D3 GET /api/data/statistics/trades
D4 GET /api/data/statistics/pnl
D5 GET /api/data/statistics/risk
D6 GET /api/data/statistics/rankings
D10 GET /api/data/overview/market
D7 GET /api/data/analysis/position/:account_id
D11 POST /api/data/query/sql
D12 POST /api/data/query/structured
D13 POST /api/data/query/timeseries
D-schema GET /api/data/query/schema
D-running GET /api/data/query/running
D9 GET /api/data/export
U1 POST /api/account/open
U4 GET /api/account/:id
U15 POST /api/user/:user_id/account/create
U16 GET /api/user/:user_id/accounts
C1 POST /api/account-admin/password/change
C2 POST /api/account-admin/password/reset
C7 GET /api/account-admin/status/:account_id
C8 POST /api/account-admin/freeze
C9 POST /api/account-admin/unfreeze
M10 POST /api/management/account/:account_id/close
U2 POST /api/account/deposit
U3 POST /api/account/withdraw
U13 GET /api/account/:account_id/history
B1 GET /api/account/:account_id/banks
B2 POST /api/account/transfer
B3 GET /api/account/:account_id/transfers
M4 POST /api/management/deposit
M5 POST /api/management/withdraw
M6 GET /api/management/transactions
M7 GET /api/management/transactions/:id
U5 POST /api/order/submit
U6 POST /api/order/cancel
U7 GET /api/order/:order_id
U8 GET /api/order/user/:user_id
T1 POST /api/order/batch
T2 POST /api/order/batch-cancel
T3 PUT /api/order/modify/:order_id
T-cancel-all POST /api/order/cancel-all
T4 POST /api/order/conditional
T5 GET /api/order/conditional/list
T6 DELETE /api/order/conditional/:id
T7 GET /api/order/conditional/statistics
U9 GET /api/position/:user_id /api/position/user/:user_id
U10 GET /api/position/account/:account_id
U11 GET /api/trades/user/:user_id /api/order/user/:user_id/trades
U12 GET /api/trades/account/:account_id
U17 GET /api/market/instruments
U18 GET /api/market/tick/:instrument_id
U19 GET /api/market/orderbook/:instrument_id
U20 GET /api/market/trades/:instrument_id /api/market/recent-trades/:instrument_id
T8 GET /api/market/kline/:instrument_id
D1 GET /api/data/history/ticks
D2 GET /api/data/history/klines
A21 GET /admin/market/trades /api/admin/market/trades /api/management/trades
A22 GET /admin/market/orderbook/:id /api/admin/market/orderbook/:id
A23 GET /admin/market/instruments/active /api/admin/market/instruments/active
A24 GET /admin/market/statistics /api/admin/market/statistics /api/admin/market/order-stats
A25 GET /admin/market/depth/:id /api/admin/market/depth/:id
A1 GET /admin/instruments /api/admin/instruments
A2 POST /admin/instrument/create /api/admin/instrument/create
A3 PUT /admin/instrument/:instrument_id /api/admin/instrument/:instrument_id/update
A5 GET /admin/instrument/:instrument_id /api/admin/instrument/:instrument_id
A4 DELETE /admin/instrument/:instrument_id /api/admin/instrument/:instrument_id/delist
A6 POST /admin/instrument/:instrument_id/status /api/admin/instrument/:instrument_id/status
A6-suspend PUT /api/admin/instrument/:instrument_id/suspend
A6-resume PUT /api/admin/instrument/:instrument_id/resume
A26 POST /admin/phase /api/admin/phase
A7 POST /admin/settlement/set-price /api/admin/settlement/set-price
A8 POST /admin/settlement/batch-set-prices /api/admin/settlement/batch-set-prices
A9 POST /admin/settlement/execute /api/admin/settlement/execute
A10 GET /admin/settlement/history /api/admin/settlement/history
A11 GET /admin/settlement/result/:date /api/admin/settlement/detail/:date
D8 GET /api/data/settlement/statement
U14 GET /api/account/:user_id/equity-curve
A12 GET /admin/risk/accounts /api/management/risk/accounts
A13 GET /admin/risk/liquidation /api/management/risk/liquidations /admin/risk/liquidations
A14 GET /admin/risk/position-limits
A14-set PUT /admin/risk/position-limits
M9 POST /api/management/risk/force-liquidate
A16 GET /admin/monitoring/accounts /api/monitoring/accounts
A17 GET /admin/monitoring/capital
M8 GET /api/management/risk/margin-summary
C3 GET /api/account-admin/commission/rates
C4 GET /api/account-admin/commission/statistics/:account_id
C5 GET /api/account-admin/margin/rates
C6 GET /api/account-admin/margin/summary/:account_id
A13-own GET /api/account/:account_id/liquidations
A-soundness GET /admin/soundness /api/admin/soundness
S6 GET /health
N6 GET /metrics
N7 GET /openapi.json
N7-schema GET /schemas/:file
N7-docs GET /docs
N7-docs-file GET /docs/:file
`;
