/** What pages are built of; `#/sample` shows all of it. */

export { BegunBefore } from "./begun";
export { Button, ButtonLink, Copy, type Kind } from "./button";
export { BarChart, HeatMap, type RunBar, RunBars } from "./charts";
export { Code, type Mistake } from "./code";
export { Dialog, Sure } from "./dialog";
export { Advanced, CheckField, Field, SelectField, TextField } from "./field";
export { Icon, type IconName } from "./icon";
export { ManyPicker, type Option, Picker } from "./picker";
export { Problem } from "./problem";
export { Badge, Banner, Empty, Progress, Skeleton, type Tone } from "./states";
export { type Column, PagedTable, Table } from "./table";
export { Card, CodeText, type Crumb, Diff, Facts, Num, PageHead, Tabs, Time } from "./text";
export { Toasts, toast } from "./toast";
