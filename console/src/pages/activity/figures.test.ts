import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { amountOf, changeOf, formatAxis, formatFigure } from './figures.ts'

test('figures are shown in their unit, credits exactly as they were told', () => {
  equal(formatFigure(amountOf('1234.002') ?? 0, 'credits', 'credits'), '1,234 credits')
  equal(formatFigure(amountOf('1000000') ?? 0, 'credits', 'usd'), '$0.50')
  equal(formatFigure(1_234, 'ms', 'credits'), '1.23 s')
  equal(formatFigure(0.0312, 'share', 'credits'), '3.1 %')
  equal(formatFigure(42.13, 'tokens_per_second', 'credits'), '42.1 tokens/s')
  equal(amountOf(null), undefined)
})

test('the axis counts credits, not their thousandths', () => {
  equal(formatAxis(5_000_000, 'credits', 'credits'), '5k')
  equal(formatAxis(2_000_000_000, 'credits', 'usd'), '$1.00')
  equal(formatAxis(12_000, 'calls', 'credits'), '12k')
})

test('a change is told as a share of what was before, and not at all where nothing was', () => {
  equal(changeOf('150', '100'), '+50 %')
  equal(changeOf(75, 100), '−25 %')
  equal(changeOf(100, 100), '±0 %')
  equal(changeOf(100, 0), undefined)
  equal(changeOf('100', undefined), undefined)
})
