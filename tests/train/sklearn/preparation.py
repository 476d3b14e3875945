#!/usr/bin/env python3
"""Writes preparation.txt: scikit-learn's scalers, target encoder and TF-IDF.

    pip install scikit-learn==1.9.1
    tests/train/sklearn/preparation.py > tests/train/sklearn/preparation.txt

A line is a name and numbers; preparation.cpp has the same names.
"""
import re
import warnings

import numpy as np
from sklearn import preprocessing as p
from sklearn.feature_extraction.text import TfidfVectorizer

warnings.simplefilter("ignore")
rng = np.random.default_rng(3)


def line(name, values):
    print(name, " ".join(repr(float(v)) for v in np.ravel(values)))


def column(values):
    return np.asarray(values, float)[:, None]


for name, train in (("skewed", rng.lognormal(0, 1, 40)), ("ties", np.round(rng.normal(0, 2, 60))),
                    ("many", rng.normal(5, 2, 2500)), ("negative", -rng.exponential(3, 30))):
    test = np.concatenate([train[:5], np.quantile(train, [0.1, 0.33, 0.77]), [train.min() - 1, train.max() + 2]])
    line(name + " train", train)
    line(name + " test", test)
    for kind, scaler in (("standard", p.StandardScaler()), ("min_max", p.MinMaxScaler()),
                         ("quantile", p.QuantileTransformer(n_quantiles=min(1000, len(train)))),
                         ("quantile_normal", p.QuantileTransformer(n_quantiles=min(1000, len(train)), output_distribution="normal")),
                         ("power", p.PowerTransformer())):
        line(f"{name} {kind}", scaler.fit(column(train)).transform(column(test)))

categories = rng.integers(0, 4, 30)
targets = np.round(rng.normal(categories, 1), 3)
line("target categories", categories)
line("target targets", targets)
encoder = p.TargetEncoder(smooth=3.0, target_type="continuous").fit(column(categories).astype(int).astype(str), targets)
line("target numbers", encoder.transform(column([0, 1, 2, 3, 9]).astype(int).astype(str)))

texts = ["The cat sat on the mat", "a dog, a cat!", "", "Mat and DOG and dog", "nothing here; cat2"]
vectorizer = TfidfVectorizer(analyzer=lambda text: re.findall(r"[a-z0-9]+", text.lower()), min_df=2).fit(texts)
print("words", " ".join(vectorizer.get_feature_names_out()))
line("tf_idf", vectorizer.transform(texts).toarray())
