/** Trading hours of a session template as the instrument file has them: hours past midnight run on above 24. */
import { tradingSpans, type TradingSpan } from '../../core/sessions.js';

type Span = [from: string, to: string];

export function tradingTime(template: string): { day: Span[]; night: Span[] } {
  const { day, night } = tradingSpans(template);
  return { day: day.map(spanText), night: night.map(spanText) };
}

function spanText([from, to]: TradingSpan): Span {
  return [timeText(from), timeText(to)];
}

function timeText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00`;
}
