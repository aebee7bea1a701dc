/** What the interfaces of the exchange (HTTP, WebSocket) work with; assembled by src/cli. */
import type { Logger } from 'pino';
import type { DepthFold } from '../core/depth.js';
import type { RefusalCode } from '../core/refusal.js';
import type { ExchangeState } from '../core/state.js';
import type { HistoryService } from '../query/history-service.js';
import type { ExchangeMetrics } from '../metrics/exchange-metrics.js';
import type { ClusterHealth, ClusterView } from './cluster-view.js';
import type { Config } from './config.js';
import type { ConditionalOrders } from './conditionals/conditional-orders.js';
import type { Gateway } from './gateway/gateway.js';
import type { Origins } from './gateway/origins.js';
import type { HistoryQueries } from './history.js';
import type { Monitoring } from './monitoring/monitoring.js';
import type { ReportLog } from './report-log.js';
import type { MarketHistory } from './market-history.js';
import type { Proposer } from './proposer.js';
import type { MarketLink } from './publisher/market-publisher.js';
import type { RiskService } from './risk/risk-service.js';
import type { AccountDesk } from './services/account-desk.js';
import type { AccountService } from './services/account-service.js';
import type { AnnouncementService } from './services/announcement-service.js';
import type { Audit } from './services/audit.js';
import type { InstrumentService } from './services/instrument-service.js';
import type { LoginPassword } from './services/login-password.js';
import type { MarketControl } from './services/market-control.js';
import type { UserAdministration } from './services/user-administration.js';
import type { UserService } from './services/user-service.js';
import type { SoundnessMonitor } from './soundness/soundness-monitor.js';
import type { AnswerText } from './views/answer-text.js';
import type { MarketCache } from './views/market-cache.js';
import type { SettlementService } from './settlement/settlement-service.js';

export type HealthStatus = 'ok' | 'recovering' | 'degraded' | 'halted' | 'stopping';

export interface Health {
  status: HealthStatus;
  service: 'qaexchange';
  /** Last event applied. */
  sequence: number;
  /** Share of the recovery that is done, 0 to 1. */
  progress?: number;
  /** A node of a cluster: its place in it. */
  cluster?: ClusterHealth;
  /** False: answers are not on disk yet when they are given (DURABILITY=memory). Absent otherwise. */
  durable?: false;
}

export interface Exchange {
  readonly config: Config;
  readonly log: Logger;
  /** Absent for a single node. */
  readonly cluster?: ClusterView | undefined;
  readonly state: ExchangeState;
  readonly depth: DepthFold;
  readonly texts: AnswerText;
  readonly marketCache: MarketCache;
  readonly market: MarketLink;
  readonly marketHistory: MarketHistory;
  readonly history: HistoryQueries;
  readonly reports: ReportLog;
  /** SQL and its like over everything that ever happened. */
  readonly queries: HistoryService;
  readonly gateway: Gateway;
  readonly origins: Pick<Origins, 'of'>;
  readonly proposer: Proposer;
  readonly users: UserService;
  readonly loginPassword: LoginPassword;
  readonly userAdministration: UserAdministration;
  readonly announcements: AnnouncementService;
  readonly audit: Audit;
  readonly accounts: AccountService;
  readonly desk: AccountDesk;
  readonly instruments: InstrumentService;
  readonly control: MarketControl;
  readonly settlement: SettlementService;
  readonly risk: RiskService;
  readonly conditionals: ConditionalOrders;
  readonly soundness: SoundnessMonitor;
  readonly metrics: ExchangeMetrics;
  readonly monitoring: Monitoring;
  health(): Health;
  /** Why an order that is in no book cannot be cancelled: 3001, 3002 or 9006. */
  whyNotLive(account: number, orderId: number): Promise<RefusalCode>;
  /** `hook` runs after each batch of durable events: the place for coalesced pushes. */
  afterTurn(hook: () => void): void;
}
