/** Icons: strokes of 1.5 on a field of 20, in the colour of the text beside them. */

const PATHS = {
  overview: "M3 3h6v8H3zM11 3h6v4h-6zM11 9h6v8h-6zM3 13h6v4H3z",
  jobs: "M6.5 16V4M3 7.5L6.5 4 10 7.5M13.5 4v12M10 12.5l3.5 3.5 3.5-3.5",
  key: "M12.5 3a4.5 4.5 0 1 1-3.4 7.45L3.5 16v1h2.2v-1.8h1.8v-1.8l1.6-1.5M13.6 6.4h.01",
  people:
    "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 17c0-3 2.5-5 5.5-5s5.5 2 5.5 5M13 3.8a3 3 0 0 1 0 5.4M15 12.4c1.8.7 3 2.4 3 4.6",
  mapping: "M3 5h5M3 10h5M3 15h5M12 5h5M12 10h5M12 15h5M8 5l4 5M8 10l4 5M8 15l4-10",
  pulse: "M2 10h3.5L8 4l4 12 2.5-6H18",
  menu: "M3 6h14M3 10h14M3 14h14",
  close: "M5 5l10 10M15 5L5 15",
  leave: "M12 6V4H4v12h8v-2M8 10h9M14 7l3 3-3 3",
  check: "M4 10.5l4 4 8-9",
  alert: "M10 3l8 14H2zM10 8v4M10 14.5v.01",
  info: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM10 9v5M10 6.2v.01",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4",
  plus: "M10 4v12M4 10h12",
  copy: "M7 7h9v10H7zM4 13H3V3h10v1",
  down: "M5 8l5 5 5-5",
  right: "M8 5l5 5-5 5",
  sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  moon: "M16.5 12A7 7 0 0 1 8 3.5 7 7 0 1 0 16.5 12z",
  screen: "M3 4h14v9H3zM7 17h6M10 13v4",
  import: "M10 3v9M6.5 8.5L10 12l3.5-3.5M3 13v4h14v-4",
  export: "M10 12V3M6.5 6.5L10 3l3.5 3.5M3 13v4h14v-4",
  play: "M6 4l10 6-10 6z",
  pause: "M7 4v12M13 4v12",
  bin: "M4 6h12M8 6V4h4v2M6 6l.6 11h6.8L14 6",
  retry: "M16 10a6 6 0 1 1-1.8-4.2L16 7.5M16 3.5v4h-4",
  outside: "M11 3h6v6M17 3l-8 8M8 5H4v11h11v-4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
