"""Data sets, one loader per file: ``load(root, **options) -> Dataset``."""

from align_eval.catalog import Catalog, Entry

CATALOG = Catalog(
    "data set",
    {
        "manifest": Entry(
            "align_eval.datasets.manifest:load",
            "any images, described by a CSV or Parquet table",
        ),
        "lfw": Entry(
            "align_eval.datasets.lfw:load",
            "Labeled Faces in the Wild, and sets laid out like it: View 1 and View 2 pairs",
        ),
        "calfw": Entry("align_eval.datasets.calfw:load", "Cross-Age LFW: pairs in ten folds"),
        "cplfw": Entry("align_eval.datasets.cplfw:load", "Cross-Pose LFW: pairs in ten folds"),
        "cfp": Entry(
            "align_eval.datasets.cfp:load",
            "Celebrities in Frontal-Profile: CFP-FP and CFP-FF, ten folds",
        ),
        "agedb": Entry("align_eval.datasets.agedb:load", "AgeDB-30: pairs in ten folds"),
        "xqlfw": Entry(
            "align_eval.datasets.xqlfw:load",
            "Cross-Quality LFW, and subsets of LFW-type pairs by image quality",
        ),
        "insightface_bin": Entry(
            "align_eval.datasets.insightface_bin:load",
            "insightface's .bin files: pairs of crops that are aligned already",
        ),
        "pairs_table": Entry(
            "align_eval.datasets.pairs_table:load",
            "a CSV, TSV or Parquet table of pairs: two images and whether they show one person",
        ),
        "ijb": Entry(
            "align_eval.datasets.ijb:load",
            "IJB-B and IJB-C: pairs of templates, and searches in two galleries",
        ),
        "frll": Entry(
            "align_eval.datasets.frll:load",
            "Face Research Lab London: neutral gallery, smiling probes",
        ),
        "pts_folder": Entry(
            "align_eval.datasets.pts_folder:load",
            "images with 300-W style .pts files beside them; landmarks only",
        ),
        "w300": Entry(
            "align_eval.datasets.w300:load",
            "300-W: common, challenging, full, private and training faces; landmarks only",
        ),
        "cofw": Entry(
            "align_eval.datasets.cofw:load",
            "COFW with 29 points, or its test faces with 68; landmarks only",
            "cofw",
        ),
        "wflw": Entry("align_eval.datasets.wflw:load", "WFLW and its six subsets; landmarks only"),
        "aflw": Entry("align_eval.datasets.aflw:load", "AFLW-full with 19 points; landmarks only"),
        "jd106": Entry(
            "align_eval.datasets.jd106:load", "JD-landmark with 106 points; landmarks only"
        ),
        "sftl54": Entry(
            "align_eval.datasets.sftl54:load",
            "SF-TL54: thermal SpeakingFaces with 54 points; landmarks only",
        ),
        "merl_rav": Entry(
            "align_eval.datasets.merl_rav:load",
            "MERL-RAV: AFLW in all poses, 68 points seen or not; landmarks only",
        ),
        "vis_th": Entry(
            "align_eval.datasets.vis_th:load",
            "EURECOM VIS-TH: visible and thermal pairs in 21 variations; six points by hand",
        ),
        "carl": Entry(
            "align_eval.datasets.carl:load",
            "Carl: visible and thermal pairs in four sessions; six points by hand",
        ),
        "arl_polarimetric": Entry(
            "align_eval.datasets.arl_polarimetric:load",
            "ARL polarimetric thermal faces at three ranges: Protocols 1 and 2",
        ),
        "arl_vtf": Entry(
            "align_eval.datasets.arl_vtf:load",
            "ARL-VTF, described by a table: galleries and probes by expression, pose and eyewear",
        ),
        "tufts": Entry(
            "align_eval.datasets.tufts:load",
            "Tufts Face Database: thermal and visible, around the face and with expressions",
        ),
        "speakingfaces": Entry(
            "align_eval.datasets.speakingfaces:load",
            "SpeakingFaces: thermal and visible frames of two trials, nine positions",
        ),
        "synthetic": Entry(
            "align_eval.datasets.synthetic.dataset:load",
            "rendered people, visible and thermal, with exact landmarks; needs no files",
        ),
    },
    group="align_eval.datasets",
)
