/**
 * Colours by what they mean, for light and dark. Text is at least 4.5 : 1 on what it stands on, marks at least 3 : 1; meaning never
 * hangs on colour alone. The heat map runs from sand to blue in even steps of lightness, which every kind of colour vision sees.
 */
export type Palette = Readonly<Record<string, string>>;

/** Of the heat map, from none to all. */
const STEPS = 10;

const SERVERS = ["#0b5cad", "#b3470a", "#00766a", "#86459b", "#7d6100", "#b8326b"];
const SERVERS_DARK = ["#6db3f2", "#f0955a", "#4fc4b4", "#c79be0", "#d9b44a", "#f08ab4"];

export const SERVER_COLOURS = SERVERS.length;

export const LIGHT: Palette = {
  page: "#fafaf8",
  surface: "#ffffff",
  raised: "#f3f4f2",
  opinion: "#f6f2fa",
  ink: "#16191d",
  muted: "#565e68",
  line: "#e2e4e3",
  strong: "#8b929b",
  accent: "#0b5cad",
  band: "#e4eef9",
  better: "#0b5cad",
  worse: "#a8400a",
  equivalent: "#5a4a94",
  inconclusive: "#565e68",
  target: "#fdf3c9",
  native: "#6f7782",
  hatch: "#8b929b",
  ...numbered("server", SERVERS),
  ...heat(["#f1dfc6", "#a9bfcd", "#3f81b9", "#0b3d70"]),
};

export const DARK: Palette = {
  page: "#121417",
  surface: "#1a1d21",
  raised: "#23272c",
  opinion: "#211c2b",
  ink: "#eceef0",
  muted: "#a5adb7",
  line: "#30353b",
  strong: "#747c87",
  accent: "#6db3f2",
  band: "#1c3147",
  better: "#6db3f2",
  worse: "#f0955a",
  equivalent: "#b9a8ee",
  inconclusive: "#a5adb7",
  target: "#45401f",
  native: "#98a0ab",
  hatch: "#747c87",
  ...numbered("server", SERVERS_DARK),
  ...heat(["#574430", "#465a6c", "#4d88bb", "#a3d0f8"]),
};

/** `--ink:#16191d;…`. */
export function declarations(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour};`)
    .join("");
}

/** With the colours in place of their names, for programs that know no custom properties. */
export function resolved(style: string, palette: Palette): string {
  return style.replace(/var\(--([a-z0-9-]+)\)/g, (whole, name: string) => palette[name] ?? whole);
}

/** Of a share of 0 to 1: what is neither none nor all never looks like it. */
export function heatStep(share: number): number {
  if (share <= 0) return 0;
  if (share >= 1) return STEPS;
  return Math.min(STEPS - 1, Math.max(1, Math.round(share * STEPS)));
}

function numbered(name: string, colours: readonly string[]): Palette {
  return Object.fromEntries(colours.map((colour, at) => [`${name}-${at}`, colour]));
}

/** Eleven fills, each with the one of black and white that reads better on it. */
function heat(stops: readonly string[]): Palette {
  const channels = stops.map(channelsOf);
  const entries = Array.from({ length: STEPS + 1 }, (_, step) => {
    const at = (step / STEPS) * (stops.length - 1);
    const from = channels[Math.floor(at)] ?? [];
    const to = channels[Math.ceil(at)] ?? [];
    const mixed = from.map((value, channel) => Math.round(value + ((to[channel] ?? 0) - value) * (at % 1)));
    const light = luminance(mixed);
    const ink = (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) ? "#000000" : "#ffffff";
    return [
      [`heat-${step}`, `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`],
      [`heat-ink-${step}`, ink],
    ] as const;
  });
  return Object.fromEntries(entries.flat());
}

function channelsOf(colour: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

/** Relative luminance, WCAG 2.2. */
function luminance(channels: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
