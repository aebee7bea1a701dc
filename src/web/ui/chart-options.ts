/** Charts of the kinds that the pages show. */
import type { EChartsCoreOption } from 'echarts/core';

export interface Line {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
}

export function lines(labels: readonly string[], all: readonly Line[], filled = false): EChartsCoreOption {
  return {
    grid: { left: 8, right: 16, top: 16, bottom: 34, containLabel: true },
    xAxis: { type: 'category', data: labels, boundaryGap: false },
    yAxis: { type: 'value', scale: true, splitLine: { lineStyle: { opacity: 0.25 } } },
    series: all.map(({ name, values }) => ({
      ...{ type: 'line', name, data: values, showSymbol: values.length < 2 },
      ...(filled ? { areaStyle: { opacity: 0.12 } } : {}),
    })),
  };
}

export interface Share {
  readonly name: string;
  readonly value: number;
}

export function pie(shares: readonly Share[]): EChartsCoreOption {
  return {
    tooltip: { trigger: 'item', renderMode: 'richText' },
    series: [{ type: 'pie', radius: ['45%', '68%'], center: ['50%', '44%'], label: { show: false }, data: shares }],
  };
}

export function bars(shares: readonly Share[]): EChartsCoreOption {
  return {
    grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
    legend: { show: false },
    xAxis: { type: 'category', data: shares.map(({ name }) => name) },
    yAxis: { type: 'value', splitLine: { lineStyle: { opacity: 0.25 } } },
    series: [{ type: 'bar', data: shares.map(({ value }) => value), barMaxWidth: 48 }],
  };
}

/** Thresholds of the exchange: 0.80 warns, 0.95 takes no new orders, 1.00 liquidates. */
export function riskGauge(ratio: number): EChartsCoreOption {
  const bounds = [
    [0.5, '#2fb58a'],
    [0.667, '#4a8df0'],
    [0.792, '#e0a33a'],
    [1, '#d9626b'],
  ];
  return {
    tooltip: { show: false },
    series: [
      {
        ...{ type: 'gauge', min: 0, max: 120, splitNumber: 6, radius: '92%', center: ['50%', '58%'] },
        axisLine: { lineStyle: { width: 10, color: bounds } },
        axisTick: { show: false },
        splitLine: { length: 10 },
        axisLabel: { fontSize: 10, distance: 14 },
        pointer: { width: 4, length: '60%' },
        detail: { formatter: `${(ratio * 100).toFixed(1)}%`, fontSize: 18, offsetCenter: [0, '55%'], color: 'inherit' },
        data: [{ value: Math.min(120, ratio * 100) }],
      },
    ],
  };
}
