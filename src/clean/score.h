// The rule that asks a model how well picture and caption fit.
#pragma once

#include "clean/pictures.h"
#include "clean/source.h"

namespace cnclip::clean {

// Drops those of the rows left whose cosine lies below the rule's; pictures that cannot be read fit nothing. Features
// and scores are kept in `work` chunk by chunk, so that an interrupted run goes on. Only rows that all other rules
// leave are looked at: this rule costs the most.
void drop_by_score(const Score& rule, const SourceFiles& files, const Pictures& pictures,
                   const std::filesystem::path& work, int workers, std::vector<std::uint8_t>& verdicts);

}  // namespace cnclip::clean
