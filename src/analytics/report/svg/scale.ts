/** From numbers to places on a line, and where its ticks are. */
export interface Scale {
  (value: number): number;
  readonly ticks: readonly number[];
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** From `domain` to `range`; ticks at round numbers inside the domain, about `count` of them; at multiples of one of `steps` where they reach. */
export function linear(domain: Span, range: Span, count = 5, steps: readonly number[] = []): Scale {
  const width = domain.to - domain.from || 1;
  const at = (value: number): number => range.from + ((value - domain.from) / width) * (range.to - range.from);
  const rough = width / count;
  const step = (rough < (steps[0] ?? Infinity) ? undefined : steps.find((each) => each >= rough)) ?? roundStep(rough);
  // Counted in whole steps: adding up 0.1 would end beside 0.3.
  const first = Math.ceil(domain.from / step - 1e-9);
  const last = Math.floor(domain.to / step + 1e-9);
  const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => clean((first + index) * step));
  return Object.assign(at, { ticks });
}

/** Logarithmic; ticks at 1, 2 and 5 of every power of ten, or fewer where that is too many; or at some of `steps`. */
export function logarithmic(domain: Span, range: Span, most = 6, steps?: readonly number[]): Scale {
  const [low, high] = [Math.log10(domain.from), Math.log10(domain.to)];
  const inner = linear({ from: low, to: high === low ? low + 1 : high }, range);
  const own = steps?.filter((step) => step >= domain.from && step <= domain.to) ?? [];
  const candidates = own.length > 1 ? [own] : [[1, 2, 5], [1, 3], [1]].map((digits) => decadeTicks(domain, digits));
  const ticks = candidates.find((each) => each.length <= most) ?? thinned(candidates.at(-1) ?? [], most);
  return Object.assign((value: number) => inner(Math.log10(value)), { ticks });
}

function decadeTicks({ from, to }: Span, digits: readonly number[]): readonly number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    for (const digit of digits) {
      const tick = Number(`${digit}e${power}`);
      if (tick >= from && tick <= to) ticks.push(tick);
    }
  }
  return ticks;
}

function thinned(ticks: readonly number[], most: number): readonly number[] {
  const every = Math.ceil(ticks.length / most);
  return ticks.filter((_, index) => index % every === 0);
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const digits = rough / power;
  return (digits <= 1 ? 1 : digits <= 2 ? 2 : digits <= 5 ? 5 : 10) * power;
}

function clean(value: number): number {
  return Number(value.toPrecision(12));
}
