// The commands of the program. Each adds itself to the command line and runs when it is chosen.
#pragma once

#include <CLI/CLI.hpp>

namespace cnclip {

void add_models(CLI::App& app);
void add_download(CLI::App& app);
void add_init(CLI::App& app);
void add_inspect(CLI::App& app);
void add_convert(CLI::App& app);
void add_tokenize(CLI::App& app);
void add_preprocess(CLI::App& app);
void add_encode(CLI::App& app);
void add_match(CLI::App& app);
void add_export(CLI::App& app);
void add_search(CLI::App& app);
void add_serve(CLI::App& app);
void add_demo(CLI::App& app);
void add_quantize(CLI::App& app);
void add_bench(CLI::App& app);
void add_train(CLI::App& app);
void add_train_report(CLI::App& group);
void add_data_clean(CLI::App& group);
void add_data_synth(CLI::App& group);

void add_data(CLI::App& app);  // and its subcommands
void add_data_convert(CLI::App& group);
void add_data_stats(CLI::App& group);
void add_data_verify(CLI::App& group);

void add_eval(CLI::App& app);  // and its subcommands
void add_eval_report(CLI::App& group);
void add_eval_retrieval(CLI::App& group);
void add_eval_zeroshot(CLI::App& group);
void add_eval_probe(CLI::App& group);

void add_index(CLI::App& app);  // and its subcommands
void add_index_info(CLI::App& group);

}  // namespace cnclip
