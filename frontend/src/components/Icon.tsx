/** Small line drawings; each stands beside a word, or in a button that has one. */

const PATHS = {
  home: "M2.5 7.5 8 2.8l5.5 4.7M4 6.8v6.4h8V6.8",
  experiments: "M6.2 2.5v4L2.8 12a1 1 0 0 0 .9 1.5h8.6a1 1 0 0 0 .9-1.5L9.8 6.5v-4M5 2.5h6M4.6 10h6.8",
  flags: "M3.5 14V2.5M3.5 3h8.4l-2 3 2 3H3.5",
  metrics: "M2.5 13.5h11M4 11V8M7 11V4.5M10 11V6.5M13 11V3",
  holdouts: "M8 2.5 13 4.4v3.4c0 3-2.1 5-5 5.9-2.9-.9-5-2.9-5-5.9V4.4zM6 8l1.5 1.5L10.2 6.7",
  events: "M1.8 8.5h2.6l1.8-5 3.2 9 1.8-4h3",
  approvals: "M2.8 3.5h10.4v9H2.8zM5.2 8l2 2 3.6-3.8",
  settings: "M2.5 4.5h5M10.5 4.5h3M2.5 11.5h3M8.5 11.5h5M9 2.8v3.4M7 9.8v3.4",
  search: "M7 2.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4zM10.2 10.2l3.3 3.3",
  menu: "M2.5 4h11M2.5 8h11M2.5 12h11",
  narrow: "M2.8 3h10.4v10H2.8zM6.2 3v10M10.8 6.2 9 8l1.8 1.8",
  wide: "M2.8 3h10.4v10H2.8zM6.2 3v10M9 6.2 10.8 8 9 9.8",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
